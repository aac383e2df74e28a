"""Typed rows of Parquet files as text, and the line that a rejected table stores of them."""

from typing import Any

from pyspark.sql import SparkSession

from tests.transforms.test_raw_rows import BY_NAME, NAMES, WITH_OTHERS, assert_rows
from transforms.parquet_rows import parquet_rows
from transforms.raw_rows import json_rows

# BINARY inside other types, in SQL, and its text.
NESTED = {
    "array({0})": '["{0}"]',
    "struct({0} AS id)": '{{"id":"{0}"}}',
    "map('k', {0})": '{{"k":"{0}"}}',
    "map({0}, 'v')": '{{"{0}":"v"}}',
    "map({0}, {0})": '{{"{0}":"{0}"}}',
    "array(struct(map({0}, array({0})) AS `a.b`))": '[{{"a.b":{{"{0}":["{0}"]}}}}]',
}
# A value in SQL, and its text.
VALUES: list[tuple[str, str | None]] = [
    ("CAST(NULL AS string)", None),
    ("''", ""),
    ("' a\"b\\\\c\u0000 '", ' a"b\\c\x00 '),
    ("CAST(X'6C276F72E961' AS string)", "l'or\ufffda"),
    ("X'C5A1696D65'", "šime"),
    ("X'FF'", "\ufffd"),
    ("9223372036854775807", "9223372036854775807"),
    ("-128Y", "-128"),
    ("true", "true"),
    ("18446744073709551615BD", "18446744073709551615"),
    ("1.10BD", "1.10"),
    ("35.79D", "35.79"),
    ("CAST(35.79 AS float)", "35.79"),
    ("1e7D", "10000000.0"),
    ("5D", "5.0"),
    ("-0D", "0.0"),
    ("123456789.123D", "123456789.123"),
    ("1.5e-5D", "0.000015"),
    ("9007199254740992D", "9007199254740992.0"),
    ("12345678901234.56D", "12345678901234.56"),
    ("1e26D", "1" + "0" * 26 + ".0"),
    ("1e30D", "1.0E30"),
    ("double('NaN')", None),
    ("double('-Infinity')", "-Infinity"),
    ("TIMESTAMP'2019-10-01 12:00:00.123456'", "2019-10-01 12:00:00.123456"),
    ("TIMESTAMP'0001-01-01 00:00:00'", "0001-01-01 00:00:00"),
    ("TIMESTAMP_NTZ'2019-10-01 12:00:00.5'", "2019-10-01 12:00:00.5"),
    ("DATE'2019-10-01'", "2019-10-01"),
    ("array(1, 2)", "[1,2]"),
    ("struct(TIMESTAMP'2019-10-01 12:00:00.123456' AS t)", '{"t":"2019-10-01 12:00:00.123456"}'),
    ("map('k', 1.5D)", '{"k":1.5}'),
    *((value.format("X'C5A1696D65'"), text.format("šime")) for value, text in NESTED.items()),
    *((value.format("X'FF'"), text.format("\ufffd")) for value, text in NESTED.items()),
    ("map(TIMESTAMP'2019-10-01 12:00:00.5', 1)", '{"2019-10-01 12:00:00.5":1}'),
    ("map(DATE'2019-10-01', 1)", '{"2019-10-01":1}'),
    ("map(struct(1, 'a'), 1)", '{"{1, a}":1}'),
    ("CAST(NULL AS struct<a: binary>)", None),
    ("struct(CAST(NULL AS struct<a: binary>) AS s, array(X'61', NULL) AS a)", '{"a":["a",null]}'),
]


def test_every_type_becomes_text_and_its_line_is_read_as_the_same_text(spark: SparkSession) -> None:
    for number, (value, text) in enumerate(VALUES):
        typed = spark.sql(f"SELECT {number} AS id, {value} AS name, '/in/a' AS source_file")
        found = parquet_rows(typed, NAMES, columns=BY_NAME).withColumnRenamed("raw_line", "line")
        expected: list[list[Any]] = [[str(number), text]]
        assert_rows(found, "id name", expected)
        assert_rows(json_rows(found.select("line", "source_file"), NAMES, columns=BY_NAME), "id name", expected)


def test_nanoseconds_keep_all_their_digits(spark: SparkSession) -> None:
    cases = {
        1_569_931_200_123_456_789: "2019-10-01 12:00:00.123456789",
        1_569_931_200_123_456_000: "2019-10-01 12:00:00.123456",
        1_569_931_200_000_000_000: "2019-10-01 12:00:00",
        1_569_931_200_000_000_001: "2019-10-01 12:00:00.000000001",
        -1: "1969-12-31 23:59:59.999999999",
        -(2**63): "1677-09-21 00:12:43.145224192",
    }
    typed = spark.createDataFrame([(nanos, "/in/a") for nanos in cases], "name long, source_file string")
    found = parquet_rows(typed, NAMES, columns=BY_NAME, nanoseconds=["name"])
    assert_rows(found, "name", [[text] for text in cases.values()])


def test_exact_values_keep_exponents_and_bytes(spark: SparkSession) -> None:
    typed = spark.sql("SELECT X'00FF' AS id, 1.5e7D AS name, '/in/a' AS source_file")
    assert_rows(parquet_rows(typed, NAMES, columns=BY_NAME, is_exact=True), "id name", [["00FF", "1.5E7"]])
    typed = spark.sql("SELECT struct(X'00FF' AS b) AS id, map(X'61', X'00FF') AS name, '/in/a' AS source_file")
    exact = [['{"b":"AP8="}', '{"a":"AP8="}']]
    assert_rows(parquet_rows(typed, NAMES, columns=BY_NAME, is_exact=True), "id name", exact)


def test_all_other_columns_go_into_one_as_text(spark: SparkSession) -> None:
    values = "1 AS id, 15000000.5D AS n, DATE'2019-10-01' AS day, CAST(NULL AS STRING) AS x"
    typed = spark.sql(f"SELECT {values}, '/in/a' AS source_file")
    found = parquet_rows(typed, WITH_OTHERS, columns={"id": "id"})
    assert_rows(found, "other_columns", [['{"day":"2019-10-01","n":"15000000.5"}']])
