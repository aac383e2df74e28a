"""Raw shop events, typed and judged: one case a row, all cases in one frame."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE, Table
from tests.conftest import Orders, Rows, event
from transforms.ecommerce.clean_events import clean_events

CLOCK = datetime(2026, 11, 20, 12, tzinfo=UTC)
DELIVERED = Table("ecommerce.delivered", "one row per line", (*RAW_EVENTS.columns, SOURCE_FILE, RAW_LINE, MALFORMED))
GOOD = {
    "event_time": "2019-10-01 10:00:00 UTC",
    "event_type": "view",
    "product_id": "1",
    "category_id": "5",
    "category_code": "a.b",
    "brand": "acme",
    "price": "1.00",
    "user_id": "1",
    "user_session": "s",
    "source_file": "/in/a.csv",
    "malformed": False,
}


def cleaned(
    rows: Rows, *given: dict[str, Any], max_late_days: int | None = None, published: list[dict[str, Any]] | None = None
) -> list[Any]:
    """The judged rows in the order given; raw_line tells them apart and is set by the test."""
    raw = rows(DELIVERED, [{**GOOD, "raw_line": f"{number:03}", **one} for number, one in enumerate(given)])
    found = clean_events(raw, rows(CLEAN_EVENTS, published or []), clock=CLOCK, max_late_days=max_late_days)
    return found.collect()


TIMES = [
    ("2019-10-01 00:00:00 UTC", "2019-10-01 00:00:00", []),
    ("2019-10-01T00:00:00Z", "2019-10-01 00:00:00", []),
    ("2019-10-01 00:00:00", "2019-10-01 00:00:00", []),
    ("2019-10-01 02:00:00+02:00", "2019-10-01 00:00:00", []),
    ("2019-10-01 02:00:00 +0200", "2019-10-01 00:00:00", []),
    ("  2019-10-01 00:00:00.123456 ", "2019-10-01 00:00:00.123456", []),
    ("2026-11-20 12:05:00", "2026-11-20 12:05:00", []),
    ("2026-11-20 12:05:01", "2026-11-20 12:05:01", ["future"]),
    ("9999-12-31 23:59:59", "9999-12-31 23:59:59", ["future"]),
    ("2000-01-01 00:00:00", "2000-01-01 00:00:00", []),
    ("1999-12-31 23:59:59", "1999-12-31 23:59:59", ["too_old"]),
    ("0001-01-01 00:00:00", "0001-01-01 00:00:00", ["too_old"]),
    ("now", None, ["unparsable_time"]),
    ("10:00", None, ["unparsable_time"]),
    ("2019", None, ["unparsable_time"]),
    ("2019-10-01", None, ["unparsable_time"]),
    ("2019-10-01 00:00:00 CET", None, ["unparsable_time"]),
    ("2019-10-01 00:00:00 Europe/Zagreb", None, ["unparsable_time"]),
    ("2019-10-01 24:00:00", None, ["unparsable_time"]),
    ("2019-10-01 00:00:60", None, ["unparsable_time"]),
    ("2019-02-29 00:00:00", None, ["unparsable_time"]),
    ("2019-10-01 00:00:00\nx", None, ["unparsable_time"]),
    ("0000-01-01 00:00:00", "0000-01-01 00:00:00", ["too_old"]),
    ("1569880800", None, ["unparsable_time"]),
    ("", None, ["unparsable_time"]),
    (None, None, ["unparsable_time"]),
]


def test_a_time_is_taken_only_in_its_form(rows: Rows, spark: SparkSession) -> None:
    raw = rows(
        DELIVERED,
        [{**GOOD, "event_time": text, "user_session": f"{number}"} for number, (text, _, _) in enumerate(TIMES)],
    )
    found = clean_events(raw, rows(CLEAN_EVENTS, []), clock=CLOCK, max_late_days=None)
    seen = (
        found.orderBy(F.col("user_session").cast("int"))
        .select(F.col("event_time").cast("string"), "problems")
        .collect()
    )
    assert [(text, *row) for (text, _, _), row in zip(TIMES, seen, strict=True)] == TIMES


CASES = [
    # column, text, value, problems
    ("event_type", " VIEW ", "view", []),
    ("event_type", "add_to_cart", "cart", []),
    ("event_type", "removed from cart", "remove_from_cart", []),
    ("event_type", "remove", "remove_from_cart", []),
    ("event_type", "transaction", "purchase", []),
    ("event_type", "Buy", "purchase", []),
    ("event_type", "hover", "hover", ["unknown_event_type"]),
    ("event_type", None, None, ["unknown_event_type"]),
    ("product_id", " 7 ", 7, []),
    ("product_id", "9223372036854775807", 9223372036854775807, []),
    ("product_id", "9223372036854775808", None, ["bad_product_id"]),
    ("product_id", "-7", None, ["bad_product_id"]),
    ("product_id", "7.0", None, ["bad_product_id"]),
    ("product_id", "", None, ["bad_product_id"]),
    ("category_id", "2103807459595387724", 2103807459595387724, []),
    ("category_id", "2.1E18", None, ["bad_category_id"]),
    ("category_id", "", None, []),
    ("category_id", None, None, []),
    ("category_code", " Electronics.Audio ", "electronics.audio", []),
    ("category_code", "", None, []),
    ("brand", " Šibenik ", "šibenik", []),
    ("brand", "  ", None, []),
    ("brand", "\u00a0acme\t\n", "acme", []),
    ("price", "0", "0.00", []),
    ("price", ".5", "0.50", []),
    ("price", "1.005", "1.01", []),
    ("price", "1.004", "1.00", []),
    ("price", "9999999999999999.99", "9999999999999999.99", []),
    ("price", "10000000000000000", None, ["bad_price"]),
    ("price", "-5", None, ["bad_price"]),
    ("price", "NaN", None, ["bad_price"]),
    ("price", "Infinity", None, ["bad_price"]),
    ("price", "1e3", None, ["bad_price"]),
    ("price", "1,5", None, ["bad_price"]),
    ("price", "", None, ["bad_price"]),
    ("user_id", "12345678901234567890", None, ["bad_user_id"]),
    ("user_id", None, None, ["bad_user_id"]),
    ("user_session", "  ", None, []),
    ("user_session", " S-1 ", "S-1", []),
    ("brand", "caf\ufffd", "caf\ufffd", ["encoding"]),
    ("user_session", "a\0b", "a\0b", ["encoding"]),
]


def test_each_field_is_normalised_or_the_row_says_why_not(rows: Rows) -> None:
    found = {
        row.source_file: row
        for row in cleaned(
            rows, *({column: text, "source_file": f"{n:03}"} for n, (column, text, _, _) in enumerate(CASES))
        )
    }
    for number, (column, text, value, reasons) in enumerate(CASES):
        row = found[f"{number:03}"]
        told = None if row[column] is None else str(row[column])
        assert (column, text, told, row.problems) == (column, text, None if value is None else str(value), reasons)


def test_a_row_tells_all_that_is_wrong_with_it_and_keeps_its_line(rows: Rows) -> None:
    [row] = cleaned(
        rows, {"event_time": "now", "event_type": "hover", "price": "NaN", "user_id": "", "raw_line": "now,\0hover"}
    )
    assert row.problems == ["unparsable_time", "unknown_event_type", "bad_price", "bad_user_id"]
    assert row.raw_line == "now,\0hover"


def test_of_a_malformed_line_no_field_is_judged(rows: Rows) -> None:
    [row] = cleaned(rows, {"malformed": True, "price": None, "event_time": None})
    assert row.problems == ["truncated_or_malformed"]


def test_a_good_row_tells_a_rounded_price(rows: Rows) -> None:
    plain, rounded, trailing = sorted(
        cleaned(
            rows, {"source_file": "1"}, {"source_file": "2", "price": "1.234"}, {"source_file": "3", "price": "1.200"}
        ),
        key=lambda row: row.source_file,
    )
    assert [row.remarks for row in (plain, rounded, trailing)] == [[], ["price_rounded"], []]


@pytest.mark.parametrize(("time", "problems"), [("2019-09-28 00:00:00", []), ("2019-09-27 23:59:59", ["late"])])
def test_late_is_counted_back_from_the_newest_published_day(rows: Rows, time: str, problems: list[str]) -> None:
    [row] = cleaned(rows, {"event_time": time}, max_late_days=3, published=[event(event_time="2019-10-01 23:00:00")])
    assert row.problems == problems


def test_nothing_is_late_without_a_limit_or_before_the_first_publication(rows: Rows) -> None:
    old = {"event_time": "2001-01-01 00:00:00"}
    assert cleaned(rows, old, published=[event()])[0].problems == []
    assert cleaned(rows, old, max_late_days=1)[0].problems == []


def test_a_late_row_with_a_problem_is_rejected_not_late(rows: Rows) -> None:
    [row] = cleaned(rows, {"event_time": "2001-01-01 00:00:00", "price": "x"}, max_late_days=1, published=[event()])
    assert row.problems == ["bad_price"]


def test_no_rows_make_no_rows_in_the_declared_columns(rows: Rows) -> None:
    found = clean_events(rows(DELIVERED, []), rows(CLEAN_EVENTS, []), clock=CLOCK, max_late_days=3)
    assert found.collect() == []
    expected = {column.name: column.data_type for column in CLEAN_EVENTS.columns if column.name != "run_id"}
    assert {field.name: field.dataType for field in found.schema if field.name in expected} == expected


def test_the_answer_does_not_depend_on_order_or_partitions(orders: Orders, rows: Rows) -> None:
    given = [{**GOOD, column: text, "raw_line": f"{number:03}"} for number, (column, text, _, _) in enumerate(CASES)]
    given.append({**GOOD, "event_time": "2019-09-28 10:00:00", "raw_line": "late"})
    first, *others = (
        clean_events(raw, rows(CLEAN_EVENTS, [event()]), clock=CLOCK, max_late_days=2)
        for raw in orders(DELIVERED, given)
    )
    assert first.filter("problems = array('late')").agg(F.count("*")).collect()[0][0] == 1
    for other in others:
        assert_df_equality(first, other, ignore_row_order=True, ignore_nullable=True)
