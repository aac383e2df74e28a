"""Lines as raw rows: which lines are rows, which are malformed, and the text of each column."""

import itertools
import json
import re

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.raw_rows import csv_options, csv_rows, json_rows, source_file

NAMES = ["id", "name"]
BY_NAME = {"id": "id", "name": "name"}
WITH_OTHERS = ["id", "other_columns"]


def lines(spark: SparkSession, *given: str) -> DataFrame:
    parsed = F.from_json(F.lit(json.dumps(given)), "array<string>")
    return spark.range(1).select(F.explode(parsed).alias("line"), F.lit("/in/a").alias("source_file"))


def parse(given: DataFrame, header: tuple[str, ...] = ("id", "name"), delimiter: str = ",") -> DataFrame:
    header_line = delimiter.join(header)
    return csv_rows(given, NAMES, header=header, header_line=header_line, columns=BY_NAME, delimiter=delimiter)


def test_a_line_of_a_csv_is_a_row_a_malformed_row_or_no_row(spark: SparkSession) -> None:
    """Malformed: too few or too many fields, more columns than the parser supports, an odd number of quotes, text after
    the quote that closes a field.

    Not rows: blank lines and repeated headers.
    """
    malformed = [None, None, True]
    cases = [
        ("id,name", None),
        ('1,"a,b"', ["1", "a,b", False]),
        ('2,"say ""hi"""', ["2", 'say "hi"', False]),
        ('3,""', ["3", None, False]),
        ("4", malformed),
        ("5,a,b", malformed),
        ("6,a", ["6", "a", False]),
        ("," * 30_000, malformed),
        ('8,"a', malformed),
        ('9,a"b', malformed),
        ("10,c", ["10", "c", False]),
        (r'11,"say \"hi\""', malformed),
        ('12,"a"b""', malformed),
        ('"13"x,"a"', malformed),
        ('14,5" x 3" nail', ["14", '5" x 3" nail', False]),
        ('"15" ,"a, ""b"" " ', ["15", 'a, "b" ', False]),
        ('16,"' + '""' * 30_000 + '"', ["16", '"' * 30_000, False]),
        ("", None),
        ("   ", None),
        ("id,name", None),
    ]
    found = parse(lines(spark, *(line for line, _ in cases)))
    values = (f"IF(malformed, NULL, {name}) AS {name}" for name in NAMES)
    expected = [[line[:20], *row] for line, row in cases if row]
    shown = found.selectExpr("left(raw_line, 20) AS line", *values, "malformed")
    assert_rows(shown, "line id name malformed", expected)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_lines_without_quotes_are_split_as_the_parser_of_spark_splits_them(spark: SparkSession, delimiter: str) -> None:
    odd = ["1,a", "1,", ",", ",a", "1", "1,a,b", "1,a,", " 1 , a ", "1,\0", "\0,1", "#1,a", "1,\\", "1,'a'", "1,\\,a"]
    odd += ["é,\u3000", "1,😀", "\ufeff1,a", "-,null"]
    given = lines(spark, *(text.replace(",", delimiter) for text in odd))
    fields = F.from_csv("line", "id string, name string, _broken string", csv_options(delimiter))
    expected = given.select("line", fields.alias("fields")).selectExpr(
        "line AS raw_line", "fields.id", "fields.name", "fields._broken IS NOT NULL AS malformed"
    )
    found = parse(given, delimiter=delimiter).select("raw_line", "id", "name", "malformed")
    assert_df_equality(found, expected, ignore_nullable=True)


def test_columns_are_found_by_name_and_others_left_out(spark: SparkSession) -> None:
    found = parse(lines(spark, "a;x;1"), header=("name", "extra", "id"), delimiter=";")
    assert_rows(found, "id name malformed", [["1", "a", False]])


def test_a_column_that_the_file_lacks_is_null(spark: SparkSession) -> None:
    assert_rows(parse(lines(spark, "1"), header=("id",)), "id name malformed", [["1", None, False]])


def test_a_line_of_json_is_a_row_with_plain_decimals_or_malformed(spark: SparkSession) -> None:
    numbers = {
        "2103807459595387724": "2103807459595387724",
        "15990000.50": "15990000.5",
        "0.0005": "0.0005",
        "1e3": "1000.0",
        "7": "7",
        '"1E5"': "1E5",
        '"1e3"': "1e3",
    }
    good = {f'{{"ident": {number}, "name": null, "more": 1}}': text for number, text in numbers.items()}
    broken = ['{"ident": 1', "[1]", "7", '{"ident": 1}{"ident": 2}', '{"ident": 1},{"ident": 2}', '{"ident": 1} x']
    found = json_rows(lines(spark, *good, "", *broken), NAMES, columns={"id": "ident", "name": "name"})
    expected = [[line, text, None, False] for line, text in good.items()]
    expected += [[line, None, None, True] for line in broken]
    assert_rows(found, "raw_line id name malformed", expected)


def test_a_file_is_named_by_its_plain_path_without_file_scheme(spark: SparkSession) -> None:
    paths = [
        ["file:///in/a%20b+%25%C3%BC.csv", "/in/a b+%ü.csv"],
        ["file:///in/ä.csv", "/in/ä.csv"],
        ["file:/in/ä.csv", "/in/ä.csv"],
        ["s3a://in/ä.csv", "s3a://in/ä.csv"],
    ]
    given = spark.createDataFrame([(uri,) for uri, _ in paths], "uri string")
    assert_rows(given.withColumn("path", source_file(F.col("uri"))), "uri path", paths)


def test_all_other_columns_of_a_csv_go_into_one(spark: SparkSession) -> None:
    given = lines(spark, "1,Split,a,,x", '2,"Novi ""grad""",b,7,', "3,,c,,", "4,Spl\0it,,,")
    header, columns = ("id", "city", "id2", "age", "z"), {"id": "id", "id2": "id2"}
    found = csv_rows(given, WITH_OTHERS, header=header, header_line=None, columns=columns, delimiter=",")
    expected = [
        ["1", '{"city":"Split","z":"x"}'],
        ["2", '{"age":"7","city":"Novi \\"grad\\""}'],
        ["3", None],
        ["4", '{"city":"Spl\ufffdit"}'],
    ]
    assert_rows(found, "id other_columns", expected)


def test_all_other_columns_of_json_go_into_one(spark: SparkSession) -> None:
    objects = ['{"id":1,"z":[1,2],"city":"Split"}', '{"id":2,"n":15000000.5,"x":null}', '{"id":3}']
    objects += ['{"id":4,"city":"Spl\\u0000it"}']
    found = json_rows(lines(spark, *objects), WITH_OTHERS, columns={"id": "id"})
    expected = [
        ["1", '{"city":"Split","z":"[1,2]"}'],
        ["2", '{"n":"1.50000005E7"}'],
        ["3", None],
        ["4", '{"city":"Spl\ufffdit"}'],
    ]
    assert_rows(found, "id other_columns", expected)


def test_text_in_json_stays_text_and_a_number_has_no_exponent(spark: SparkSession) -> None:
    cases = [
        ['{"id":"1.0E7","name":1.0E7}', "1.0E7", "10000000.0"],
        ['{"id":"7.0","name":7.0}', "7.0", "7.0"],
        ['{"id":1.5e-5,"name":35.50}', "0.000015", "35.5"],
        ['{"id":"NaN","name":9007199254740993}', "NaN", "9007199254740993"],
        ['{"id":[1.0E7],"name":{"x":1.0E8}}', "[1.0E7]", '{"x":1.0E8}'],
        ['{"id":true,"name":"true"}', "true", "true"],
    ]
    found = json_rows(lines(spark, *(case[0] for case in cases)), NAMES, columns=BY_NAME)
    assert_rows(found, "raw_line id name", cases)


def test_half_a_character_in_json_is_replaced(spark: SparkSession) -> None:
    cases = [
        [r'{"id":"\ud83d","name":"\ud83d\ude00"}', "\ufffd", "\U0001f600"],
        [r'{"id":"\ude00x","name":"\uD83D\uD83D\uDE00"}', "\ufffdx", "\ufffd\U0001f600"],
        [r'{"id":"\\ud83d","name":"\\\ud83d"}', r"\ud83d", "\\\ufffd"],
        [r'{"id":"\ud83d\\ude00","name":"u"}', "\ufffd\\ude00", "u"],
    ]
    found = json_rows(lines(spark, *(case[0] for case in cases)), NAMES, columns=BY_NAME)
    assert_rows(found, "raw_line id name", cases)


def test_every_sequence_of_halves_and_escapes_is_read_as_python_reads_it(spark: SparkSession) -> None:
    parts = (r"\\", r"\ud83d", r"\ude00", "a", r"\n", "ud83d")
    texts = ["".join(given) for count in range(1, 5) for given in itertools.product(parts, repeat=count)]
    given = {f'{{"id":"{number}","name":"{text}"}}': text for number, text in enumerate(texts)}
    found = json_rows(lines(spark, *given), NAMES, columns=BY_NAME).collect()
    wrong = [
        row for row in found if row.name != re.sub("[\ud800-\udfff]", "\ufffd", json.loads(f'"{given[row.raw_line]}"'))
    ]
    assert not wrong
    assert len(found) == len(texts)


def test_of_a_key_that_is_twice_in_a_line_one_value_is_taken(spark: SparkSession) -> None:
    [row] = json_rows(lines(spark, '{"id":1,"z":"a","z":"b"}'), WITH_OTHERS, columns={"id": "id"}).collect()
    assert (row.id, json.loads(row.other_columns)["z"] in ("a", "b"), row.malformed) == ("1", True, False)
