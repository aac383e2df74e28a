"""CDC tables, from the files to what readers see."""

import re
from pathlib import Path
from typing import Any

import pytest

from jobs.cdc import customers, orders
from tests.conftest import InProcess
from tests.faults import fault

LOADED = "order_id,customer_id,ordered_at,status,amount,currency,note"
CHANGED = f"Op,TIMESTAMP,{LOADED},AR_H_CHANGE_SEQ"


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = orders.JOB
    return daily


@pytest.fixture
def club(daily: InProcess) -> InProcess:
    daily.job = customers.JOB
    return daily


def order(number: int, status: str = "new", amount: str = "10.00", note: str = "NULL", day: int = 1) -> str:
    return f"{number},c{number},2019-10-{day:02} 10:00:00,{status},{amount},EUR,{note}"


def change(op: str, second: int, of: str, seq: int | None = None) -> str:
    return f"{op},2019-10-05 10:00:{second:02}.000000,{of},{seq or second:035}"


def rows(of: InProcess, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in of.table(table).select(*columns).collect())


@pytest.mark.slow
def test_a_load_and_its_changes_are_the_source_now_and_as_it_was(shop: InProcess) -> None:
    shop.deliver(
        "LOAD00000001.csv", order(1), order(2, note=""), order(3, note='"with, and ""quotes"""'), header=LOADED
    )
    assert shop.run() == 0, shop.output
    assert rows(shop, "cdc.orders", "order_id", "status", "note", "_op") == [
        (1, "new", None, "L"),
        (2, "new", "", "L"),
        (3, "new", 'with, and "quotes"', "L"),
    ]
    shop.deliver(
        "20191005-100000000.csv",
        change("U", 1, order(1, "paid")),
        change("D", 2, order(2)),
        change("I", 3, order(4, "new", "12.50")),
        change("U", 4, order(1, "sent")),
        header=CHANGED,
    )
    assert shop.run() == 0, shop.output
    assert "4 changes read, 4 applied" in shop.output
    assert rows(shop, "cdc.orders", "order_id", "status") == [(1, "sent"), (3, "new"), (4, "new")]
    versions = rows(shop, "cdc.orders_history", "order_id", "status", "is_current")
    assert versions == [
        (1, "new", False),
        (1, "paid", False),
        (1, "sent", True),
        (2, "new", False),
        (3, "new", True),
        (4, "new", True),
    ]
    assert shop.run() == 0
    assert "nothing new" in shop.output


@pytest.mark.nightly
@fault(
    "C02",
    injected="late updates, one of them after a delete; a late truncate",
    checked="nothing is resurrected, history has each version in its place",
)
@pytest.mark.slow
def test_late_changes_find_their_place(shop: InProcess) -> None:
    shop.deliver(
        "20191005-100000000.csv",
        change("I", 1, order(1)),
        change("D", 5, order(1)),
        change("I", 2, order(2)),
        header=CHANGED,
    )
    assert shop.run() == 0, shop.output
    shop.deliver(
        "20191005-110000000.csv",
        change("U", 3, order(1, "late")),
        change("U", 1, order(2, "older")),
        change("I", 2, order(2)),
        header=CHANGED,
    )
    assert shop.run() == 0, shop.output
    assert "3 changes read, 0 applied, 2 stale, 1 replayed" in shop.output
    assert rows(shop, "cdc.orders", "order_id", "status") == [(2, "new")]
    versions = rows(shop, "cdc.orders_history", "order_id", "status", "is_current")
    assert versions == [(1, "late", False), (1, "new", False), (2, "new", True), (2, "older", False)]


@pytest.mark.nightly
@fault("C02")
@pytest.mark.slow
def test_a_truncate_that_comes_late_removes_what_it_should(shop: InProcess) -> None:
    shop.deliver("20191005-100000000.csv", change("I", 1, order(1)), change("I", 7, order(2)), header=CHANGED)
    assert shop.run() == 0, shop.output
    shop.deliver(
        "20191005-110000000.csv",
        f"T,2019-10-05 10:00:05.000000{',NULL' * 7},{5:035}",
        change("I", 4, order(3)),
        header=CHANGED,
    )
    assert shop.run() == 0, shop.output
    assert rows(shop, "cdc.orders", "order_id") == [(2,)]
    assert rows(shop, "cdc.orders_history", "order_id", "is_current") == [(1, False), (2, True), (3, False)]


@pytest.mark.nightly
@fault(
    "C04",
    injected="a change of the partition column; null keys; keys that change at the source",
    checked="moved; rejected; a delete and an insert",
)
@pytest.mark.slow
def test_a_row_moves_to_another_partition(shop: InProcess) -> None:
    shop.deliver("20191005-100000000.csv", change("I", 1, order(1)), header=CHANGED)
    assert shop.run() == 0, shop.output
    shop.deliver("20191005-110000000.csv", change("U", 2, order(1).replace("2019-10-01", "2020-01-31")), header=CHANGED)
    assert shop.run() == 0, shop.output
    files = shop.table("cdc.orders.files").select("partition.ordered_at_month", "record_count").collect()
    assert rows(shop, "cdc.orders", "order_id", "status") == [(1, "new")]
    assert {row.ordered_at_month for row in files if row.record_count} >= {(2020 - 1970) * 12}


@fault("C03", injected="equal times without a tiebreaker", checked="2, ambiguous_sequence, nothing is ingested")
@pytest.mark.slow
def test_changes_at_one_place_that_say_different_things_are_refused(shop: InProcess) -> None:
    shop.deliver("20191005-100000000.csv", change("I", 1, order(1)), change("U", 1, order(1, "paid")), header=CHANGED)
    assert shop.run() == 2, shop.output
    assert "ambiguous_sequence" in shop.output
    shop.deliver("20191005-100000000.csv", change("I", 1, order(1)), change("I", 1, order(1)), header=CHANGED)
    assert shop.run() == 0, shop.output


@pytest.mark.slow
@fault("C04")
def test_a_row_that_is_not_a_change_is_rejected_with_its_reasons(shop: InProcess) -> None:
    shop.deliver(
        "20191005-100000000.csv",
        change("I", 1, order(1)),
        change("X", 2, order(2)),
        change("I", 3, order(3)).replace(",3,c3", ",NULL,c3"),
        change("I", 4, order(4, amount="1.005")),
        change("U", 5, order(5)).replace("2019-10-05", "yesterday"),
        "I,2019-10-05 10:00:00,6",
        header=CHANGED,
    )
    assert shop.run("--max_rejected_share", "1") == 0, shop.output
    refused = [row.problems for row in shop.table("cdc.rejected_orders").collect()]
    assert sorted(refused) == [
        ["bad_amount"],
        ["null_key"],
        ["truncated_or_malformed"],
        ["unknown_op"],
        ["unparsable_time"],
    ]
    assert rows(shop, "cdc.orders", "order_id") == [(1,)]


@pytest.mark.nightly
@pytest.mark.slow
def test_files_without_changes_are_fine(shop: InProcess) -> None:
    shop.deliver("LOAD00000001.csv", header=LOADED)
    shop.deliver("20191005-100000000.csv", header="")
    for arguments in (("--dry_run",), ()):
        assert shop.run(*arguments) == 0, shop.output
        assert "no changes in 2 files" in shop.output
    assert shop.run() == 0, shop.output
    assert "every file is already taken" in shop.output
    shop.deliver("20191005-110000000.csv", change("I", 1, order(1)), header=CHANGED)
    assert shop.run() == 0, shop.output


@pytest.mark.nightly
@fault(
    "C05",
    injected="columns added, dropped, widened and narrowed",
    checked="by policy; missing columns are reported, narrower ones refused",
)
@pytest.mark.slow
def test_a_new_column_of_the_source_is_added(shop: InProcess) -> None:
    shop.deliver("LOAD00000001.csv", order(1), header=LOADED)
    assert shop.run() == 0, shop.output
    shop.deliver("20191005-100000000.csv", change("I", 1, order(2)) + ",web", header=f"{CHANGED},channel")
    assert shop.run() == 0, shop.output
    assert rows(shop, "cdc.orders", "order_id", "channel") == [(1, None), (2, "web")]
    shop.deliver("20191005-110000000.csv", change("U", 2, order(1, "paid")), header=CHANGED)
    assert shop.run() == 0, shop.output
    assert "no column channel, read as NULL in changes that are applied" in shop.output
    assert rows(shop, "cdc.orders", "order_id", "status", "channel") == [(1, "paid", None), (2, "new", "web")]


@pytest.mark.slow
def test_without_commit_times_files_and_rows_are_in_order(club: InProcess) -> None:
    club.deliver("Customers_FullLog.csv", "A,a@x.com,1", "B,b@x.com,2", header="customer_id,email,lclid")
    club.deliver("CDC_2019-01-02.csv", "U,A,late@x.com,1", header="")
    club.deliver(
        "CDC_2019-01-01.csv", "U,A,first@x.com,1", "U,A,second@x.com,1", "D,B,b@x.com,2", "I,C,c@x.com,3", header=""
    )
    assert club.run() == 0, club.output
    assert rows(club, "cdc.customers", "customer_id", "email") == [("A", "late@x.com"), ("C", "c@x.com")]
    versions = [
        tuple(row)
        for row in club.table("cdc.customers_history")
        .filter("customer_id = 'A'")
        .orderBy("_seq")
        .select("email", "is_current")
        .collect()
    ]
    assert versions == [("a@x.com", False), ("first@x.com", False), ("second@x.com", False), ("late@x.com", True)]


@pytest.mark.slow
@pytest.mark.nightly
def test_a_dry_run_prints_the_changes_and_publishes_nothing(shop: InProcess, tmp_path: Path) -> None:
    shop.deliver("LOAD00000001.csv", order(1), order(2), header=LOADED)
    assert shop.run() == 0, shop.output
    shop.deliver(
        "20191005-100000000.csv",
        change("U", 1, order(1, "paid")),
        change("D", 2, order(2)),
        change("I", 3, order(3)),
        header=CHANGED,
    )
    assert shop.run("--dry_run") == 0, shop.output
    assert rows(shop, "cdc.orders", "order_id", "status") == [(1, "new"), (2, "new")]
    assert re.search(r"cdc\.orders +│ 2019-10 │ 1 +│ 1 +│ 1 ", shop.output), shop.output


@pytest.mark.slow
@pytest.mark.nightly
def test_a_change_older_than_the_tombstone_retention_is_rejected(shop: InProcess) -> None:
    shop.deliver("20191005-100000000.csv", change("I", 1, order(1)).replace("2019-10-05", "2019-11-05"), header=CHANGED)
    shop.deliver("20191005-110000000.csv", change("I", 2, order(2)), header=CHANGED)
    assert shop.run() == 0, shop.output
    shop.deliver("20191005-120000000.csv", change("U", 3, order(1)).replace("2019-10-05", "2019-11-01"), header=CHANGED)
    assert shop.run() == 0, shop.output
    shop.deliver("20191005-130000000.csv", change("U", 4, order(3)), change("U", 5, order(2, "paid")), header=CHANGED)
    assert shop.run("--max_rejected_share", "1") == 0, shop.output
    assert [row.problems for row in shop.table("cdc.rejected_orders").collect()] == [["beyond_retention"]]
    assert rows(shop, "cdc.orders", "order_id", "status") == [(1, "new"), (2, "paid")]
