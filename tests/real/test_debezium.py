"""Debezium events as users store them, of several versions and shapes, into tables that no file declares."""

import json
import os
from pathlib import Path

import pytest

from jobs.cdc import apply
from tests.conftest import InProcess

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif("WEIR_REAL_DATA" not in os.environ, reason="WEIR_REAL_DATA names no folder of real data"),
]


def deliver(daily: InProcess, name: str) -> None:
    """The event on one line, as the Kafka connectors write it."""
    event = Path(os.environ["WEIR_REAL_DATA"], "cdc", "debezium", name).read_text()
    daily.deliver(name, json.dumps(json.loads(event)), header="")


def test_a_customer_comes_changes_and_goes(daily: InProcess) -> None:
    daily.job = apply.JOB
    deliver(daily, "serde-with-schema.json")
    assert daily.run("--table", "customers_of_a_shop", "--keys", "id") == 0, daily.output
    deliver(daily, "serde-update.json")
    assert daily.run("--table", "customers_of_a_shop") == 0, daily.output
    table = daily.table("cdc.customers_of_a_shop")
    assert table.dtypes[:4] == [("id", "int"), ("first_name", "string"), ("last_name", "string"), ("email", "string")]
    assert [row.first_name for row in table.collect()] == ["Anne"]
    deliver(daily, "serde-unnested-delete-val-withschema.json")
    assert daily.run("--table", "customers_of_a_shop") == 0, daily.output
    assert daily.table("cdc.customers_of_a_shop").isEmpty()


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("unwrap-with-schema.json", "id", (10003, "2016-02-19", 1002, 2, 106)),
        ("serde-unnested-order-val-withschema.json", "order_number", (10004, "2016-02-21", 1003, 1, 107)),
    ],
)
def test_an_order_has_its_day(daily: InProcess, name: str, key: str, expected: tuple[int, str, int, int, int]) -> None:
    daily.job = apply.JOB
    deliver(daily, name)
    assert daily.run("--table", "shop_orders", "--keys", key) == 0, daily.output
    [row] = (
        daily.table("cdc.shop_orders")
        .selectExpr(key, "string(order_date)", "purchaser", "quantity", "product_id")
        .collect()
    )
    assert tuple(row) == expected
