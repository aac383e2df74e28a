"""Lines as raw rows: what is a row, what is malformed, what stands in which column."""

import json
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.raw_rows import csv_options, csv_rows, json_rows, parquet_rows, source_file

NAMES = ["id", "name"]


def lines(spark: SparkSession, *given: str) -> DataFrame:
    return spark.range(1).select(F.explode(F.from_json(F.lit(json.dumps(given)), "array<string>")).alias("line"), F.lit("/in/a").alias("source_file"))


def read_csv(spark: SparkSession, *given: str, header: tuple[str, ...] = ("id", "name"), delimiter: str = ",") -> list[tuple[Any, ...]]:
    frame = csv_rows(lines(spark, *given), NAMES, header=header, header_line=delimiter.join(header), columns={"id": "id", "name": "name"}, delimiter=delimiter)
    return [(row.id, row.name, row.malformed) for row in frame.select("id", F.col("name"), "malformed").collect()]


def test_quotes_hold_separators_and_doubled_quotes(spark: SparkSession) -> None:
    assert read_csv(spark, '1,"a,b"', '2,"say ""hi"""', '3,""') == [("1", "a,b", False), ("2", 'say "hi"', False), ("3", None, False)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_lines_without_quotes_are_cut_as_the_parser_reads_them(spark: SparkSession, delimiter: str) -> None:
    odd = [
        "1,a",
        "1,",
        ",",
        ",a",
        "1",
        "1,a,b",
        "1,a,",
        " 1 , a ",
        "1,\0",
        "\0,1",
        "#1,a",
        "1,\\",
        "1,'a'",
        "1,\\,a",
        "é,\u3000",
        "1,😀",
        "\ufeff1,a",
        "-,null",
    ]
    given = lines(spark, *(text.replace(",", delimiter) for text in odd))
    parsed = given.select(F.from_csv("line", "_0 string, _1 string, _broken string", csv_options(delimiter)).alias("fields")).select("fields.*")
    expected = [(row["_0"], row["_1"], row["_broken"] is not None) for row in parsed.collect()]
    assert read_csv(spark, *(text.replace(",", delimiter) for text in odd), delimiter=delimiter) == expected


def test_a_line_with_too_few_or_too_many_fields_is_malformed(spark: SparkSession) -> None:
    assert [is_malformed for *_, is_malformed in read_csv(spark, "1", "1,a,b", "1,a")] == [True, True, False]


def test_a_line_of_more_columns_than_a_parser_takes_is_malformed(spark: SparkSession) -> None:
    assert [is_malformed for *_, is_malformed in read_csv(spark, "," * 30_000, "1,a")] == [True, False]


def test_an_odd_number_of_quotes_is_malformed_and_costs_one_line(spark: SparkSession) -> None:
    assert [is_malformed for *_, is_malformed in read_csv(spark, '1,"a', '2,a"b', "3,c")] == [True, True, False]


def test_blank_lines_and_repeated_headers_are_no_rows(spark: SparkSession) -> None:
    assert read_csv(spark, "id,name", "", "   ", "1,a", "id,name") == [("1", "a", False)]


def test_columns_are_found_by_name_and_extra_ones_left_out(spark: SparkSession) -> None:
    assert read_csv(spark, "a;x;1", header=("name", "extra", "id"), delimiter=";") == [("1", "a", False)]


def test_a_column_that_the_file_lacks_is_null(spark: SparkSession) -> None:
    assert read_csv(spark, "1", header=("id",)) == [("1", None, False)]


def test_json_keeps_long_ids_and_knows_broken_lines(spark: SparkSession) -> None:
    good, broken = (
        '{"ident": 2103807459595387724, "name": null, "more": 1}',
        ('{"ident": 1', "[1]", "7", '{"ident": 1}{"ident": 2}', '{"ident": 1},{"ident": 2}', '{"ident": 1} x'),
    )
    found = json_rows(lines(spark, good, "", *broken), NAMES, columns={"id": "ident", "name": "name"})
    assert [(row.id, row.malformed) for row in found.collect()] == [("2103807459595387724", False)] + [(None, True)] * len(broken)


def test_json_numbers_are_plain_decimals_however_large_or_small(spark: SparkSession) -> None:
    given = lines(spark, *(f'{{"id": {number}}}' for number in ("15990000.50", "0.0005", "1e3", "7", '"1E5"', '"1e3"')))
    found = json_rows(given, NAMES, columns={"id": "id", "name": "name"})
    assert [row.id for row in found.collect()] == ["15990000.5000000000", "0.0005000000", "1000.0", "7", "1E5", "1e3"]


def test_parquet_values_become_the_text_of_a_csv(spark: SparkSession) -> None:
    typed = spark.sql("SELECT 12345678.5D AS id, timestamp'2019-10-01 10:00:00' AS name, '/in/a' AS source_file UNION ALL SELECT double('NaN'), NULL, '/in/a'")
    found = parquet_rows(typed, NAMES, columns={"id": "id", "name": "name"}).collect()
    assert [(row.id, row["name"]) for row in found] == [("12345678.5000000000", "2019-10-01 10:00:00"), (None, None)]
    assert json.loads(found[0].raw_line)["id"] == 12345678.5


def test_a_file_is_named_by_its_plain_path(spark: SparkSession) -> None:
    given = F.lit("file:///in/a%20b+%25%C3%BC.csv")
    assert spark.range(1).select(source_file(given)).collect()[0][0] == "/in/a b+%ü.csv"


@pytest.mark.parametrize(("uri", "path"), [("file:///in/ä.csv", "/in/ä.csv"), ("file:/in/ä.csv", "/in/ä.csv"), ("s3a://in/ä.csv", "s3a://in/ä.csv")])
def test_what_a_file_system_is_called_is_left_out_of_a_path_on_this_machine(spark: SparkSession, uri: str, path: str) -> None:
    assert spark.range(1).select(source_file(F.lit(uri))).collect()[0][0] == path


@pytest.mark.parametrize(
    ("kind", "given", "others"),
    [
        ("csv", ["1,Split,a,,x", '2,"Novi ""grad""",b,7,', "3,,c,,"], ['{"city":"Split","z":"x"}', '{"age":"7","city":"Novi \\"grad\\""}', None]),
        (
            "json",
            ['{"id":1,"z":[1,2],"city":"Split"}', '{"id":2,"n":15000000.5,"x":null}', '{"id":3}'],
            ['{"city":"Split","z":"[1,2]"}', '{"n":"15000000.5000000000"}', None],
        ),
    ],
)
def test_columns_of_any_name_go_together_into_one(spark: SparkSession, kind: str, given: list[str], others: list[str | None]) -> None:
    names, columns = ["id", "other_columns"], {"id": "id"}
    if kind == "csv":
        found = csv_rows(
            lines(spark, *given), names, header=("id", "city", "id2", "age", "z"), header_line=None, columns={**columns, "id2": "id2"}, delimiter=","
        )
    else:
        found = json_rows(lines(spark, *given), names, columns=columns)
    assert [(row.id, row.other_columns) for row in found.collect()] == list(zip("123", others, strict=True))


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_nul_in_a_column_of_any_name_is_seen(spark: SparkSession, kind: str) -> None:
    names, columns = ["id", "other_columns"], {"id": "id"}
    if kind == "csv":
        found = csv_rows(lines(spark, "1,Spl\0it"), names, header=("id", "city"), header_line=None, columns=columns, delimiter=",")
    else:
        found = json_rows(lines(spark, '{"id":1,"city":"Spl\\u0000it"}'), names, columns=columns)
    [row] = found.collect()
    assert json.loads(row.other_columns) == {"city": "Spl\ufffdit"}


def test_of_a_key_that_a_line_has_twice_one_is_taken_and_nothing_stops(spark: SparkSession) -> None:
    [row] = json_rows(lines(spark, '{"id":1,"z":"a","z":"b"}'), ["id", "other_columns"], columns={"id": "id"}).collect()
    assert (row.id, json.loads(row.other_columns)["z"] in ("a", "b"), row.malformed) == ("1", True, False)


def test_columns_of_any_name_of_parquet_are_text(spark: SparkSession) -> None:
    typed = spark.sql("SELECT 1 AS id, DOUBLE(15000000.5) AS n, DATE'2019-10-01' AS day, CAST(NULL AS STRING) AS x, '/in/a' AS source_file")
    [row] = parquet_rows(typed, ["id", "other_columns"], columns={"id": "id"}).collect()
    assert json.loads(row.other_columns) == {"day": "2019-10-01", "n": "15000000.5000000000"}
