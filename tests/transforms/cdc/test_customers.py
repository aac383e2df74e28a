"""Changes of customers: what orders them is the name of their file, and their place in it."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from transforms.cdc.customers import customers

CHANGE = {"op": "U", "customer_id": "A", "email": "a@x.com", "lclid": "1", "source_file": "/in/CDC_2019-01-01.csv", "raw_line": "line", "malformed": False}
SCHEMA = "op string, customer_id string, email string, lclid string, source_file string, raw_line string, malformed boolean, row_no long"


def judged(spark: SparkSession, *changed: dict[str, Any], load_ts: datetime | None = None) -> list[Any]:
    rows = [{**CHANGE, "row_no": number, **one} for number, one in enumerate(changed)]
    names = [field.split()[0] for field in SCHEMA.split(", ")]
    raw = spark.createDataFrame([tuple(row[name] for name in names) for row in rows], SCHEMA)
    return customers(raw, load_ts=load_ts).selectExpr("*", "string(_seq.commit_ts) AS at").orderBy("_seq").collect()


def test_a_load_comes_first_then_files_by_the_day_in_their_name_then_rows(spark: SparkSession) -> None:
    told = judged(
        spark,
        {"email": "later", "source_file": "/in/CDC_2019-01-02.csv"},
        {"email": "second", "row_no": 10},
        {"email": "first", "row_no": 9},
        {"op": None, "email": "loaded", "source_file": "/in/Customers_FullLog.csv"},
    )
    assert [(row["email"], row["_op"], row["at"]) for row in told] == [
        ("loaded", "L", "1970-01-01 00:00:00"),
        ("first", "U", "2019-01-01 00:00:00"),
        ("second", "U", "2019-01-01 00:00:00"),
        ("later", "U", "2019-01-02 00:00:00"),
    ]


def test_a_later_load_comes_after_the_changes_before_it(spark: SparkSession) -> None:
    told = judged(spark, {}, {"op": None, "source_file": "/in/LOAD00000001.csv"}, load_ts=datetime(2019, 1, 1, 12, tzinfo=UTC))
    assert [row["_op"] for row in told] == ["U", "L"]


def test_a_change_says_why_it_is_none(spark: SparkSession) -> None:
    told = judged(spark, {"op": "replace"}, {"customer_id": None}, {"malformed": True}, {"email": "a\ufffd"}, {"op": "T", "customer_id": None})
    assert [row["problems"] for row in told] == [["unknown_op"], ["null_key"], ["truncated_or_malformed"], ["encoding"], []]


def test_no_changes_are_none(spark: SparkSession) -> None:
    assert judged(spark) == []
