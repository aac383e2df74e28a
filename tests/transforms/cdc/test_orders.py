"""Changes of orders: typed without rounding or guessing, and ordered by what the feed says."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from schemas.cdc.raw_orders import RAW_ORDERS
from transforms.cdc.orders import orders

NAMES = [*RAW_ORDERS.names, "source_file", "raw_line"]
CHANGE = {
    **dict.fromkeys(NAMES),
    "op": "I",
    "commit_ts": "2019-10-05 10:00:00.000001",
    "change_seq": f"{7:035}",
    "order_id": "1",
    "customer_id": "c",
    "ordered_at": "2019-10-01 10:00:00",
    "status": "new",
    "amount": "10.50",
    "currency": "EUR",
    "source_file": "/in/20191005-100000000.csv",
    "raw_line": "line",
}


def judged(spark: SparkSession, *changed: dict[str, Any]) -> list[Any]:
    schema = ", ".join([*(f"{name} string" for name in NAMES), "malformed boolean", "row_no long"])
    raw = spark.createDataFrame([(*({**CHANGE, **one}[name] for name in NAMES), False, at) for at, one in enumerate(changed)], schema)
    texts = [f"string({name}) AS {name}_text" for name in ("ordered_at", "amount")]
    return orders(raw, load_ts=None).selectExpr("*", *texts, "string(_seq.commit_ts) AS at").orderBy("_seq", "order_id").collect()


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"order_id": "9223372036854775807"}, []),
        ({"order_id": "9223372036854775808"}, ["bad_order_id"]),
        ({"order_id": "1e3"}, ["bad_order_id"]),
        ({"order_id": None}, ["null_key"]),
        ({"amount": "10.5000"}, []),
        ({"amount": "10.505"}, ["bad_amount"]),
        ({"amount": "NaN"}, ["bad_amount"]),
        ({"amount": "99999999999999999.00"}, ["bad_amount"]),
        ({"ordered_at": "now"}, ["bad_ordered_at"]),
        ({"ordered_at": "2019-02-29 00:00:00"}, ["bad_ordered_at"]),
        ({"commit_ts": None}, ["no_commit_time"]),
        ({"commit_ts": "10:00"}, ["unparsable_time"]),
        ({"op": "T", "order_id": None, "amount": "all"}, []),
        ({"op": "", "commit_ts": None}, []),
    ],
)
def test_a_value_is_what_it_says_or_a_problem(spark: SparkSession, change: dict[str, Any], problems: list[str]) -> None:
    assert [row["problems"] for row in judged(spark, change)] == [problems]


def test_an_empty_text_is_no_null(spark: SparkSession) -> None:
    assert [(row["note"], row["currency"]) for row in judged(spark, {"note": "", "currency": None})] == [("", None)]


def test_changes_are_in_the_order_of_their_commit_then_of_the_feed(spark: SparkSession) -> None:
    told = judged(
        spark,
        {"order_id": "3", "change_seq": f"{9:035}"},
        {"order_id": "2", "change_seq": f"{8:035}"},
        {"order_id": "1", "commit_ts": "2019-10-05T10:00:00Z", "change_seq": f"{99:035}"},
        {"order_id": "0", "op": None, "commit_ts": None, "change_seq": None},
    )
    assert [(row["order_id"], row["_op"]) for row in told] == [(0, "L"), (1, "I"), (2, "I"), (3, "I")]
    assert told[1]["at"] == "2019-10-05 10:00:00"


def test_what_is_inserted_while_it_is_loaded_is_loaded(spark: SparkSession) -> None:
    assert [row["_op"] for row in judged(spark, {"source_file": "/in/LOAD0000000A.csv"})] == ["L"]
