"""Raw shop events, typed, and accepted or rejected. All cases, one row each, share a frame."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE, Table
from tests.conftest import Orders, Rows, assert_rows, event
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
    rows: Rows,
    cases: Mapping[str, Mapping[str, Any]],
    *,
    max_late_days: int | None = None,
    published: Sequence[dict[str, Any]] = (),
) -> DataFrame:
    """The events from valid raw rows with the columns of each case replaced. The name of a case is its raw_line."""
    raw = rows(DELIVERED, [{**GOOD, "raw_line": name, **given} for name, given in cases.items()])
    return clean_events(raw, rows(CLEAN_EVENTS, published), clock=CLOCK, max_late_days=max_late_days)


TIMES = [
    # text, instant, problems
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


def test_a_time_is_parsed_only_from_a_known_form(rows: Rows) -> None:
    found = cleaned(rows, {repr(text): {"event_time": text} for text, _, _ in TIMES})
    # Compared as text, since Python has no year 0.
    as_text = found.withColumn("event_time", F.col("event_time").cast("string"))
    assert_rows(as_text, "raw_line event_time problems", [(repr(text), *expected) for text, *expected in TIMES])


FIELDS = [
    # column, text, value, problems
    ("event_type", " VIEW ", "view", []),
    ("event_type", "add_to_cart", "cart", []),
    ("event_type", "removed from cart", "remove_from_cart", []),
    ("event_type", "remove", "remove_from_cart", []),
    ("event_type", "transaction", "purchase", []),
    ("event_type", "Buy", "purchase", []),
    ("event_type", "hover", "hover", ["unknown_event_type"]),
    ("event_type", None, None, ["unknown_event_type"]),
    ("category_code", " A . B", "a.b", []),
    ("category_code", "a b.c d", "a b.c d", []),
    ("category_code", "a\u00a0.b", "a.b", []),
    ("category_code", ".x", None, []),
    ("category_code", "a..b", "a", []),
    ("category_code", "a.b. ", "a.b", []),
    ("brand", "Citroe\u0308n", "citroën", []),
    ("brand", "ac\u200bme \ufeff", "acme", []),
    ("brand", "\u200b", None, []),
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


def test_a_field_is_normalised_or_its_row_has_a_problem(rows: Rows) -> None:
    given = {f"{column} {text!r}": {column: text, "source_file": column} for column, text, _, _ in FIELDS}
    value = F.coalesce(*(F.when(F.col("source_file") == name, F.col(name).cast("string")) for name in RAW_EVENTS.names))
    values = [None if value is None else str(value) for _, _, value, _ in FIELDS]
    expected = list(zip(given, values, [problems for *_, problems in FIELDS], strict=True))
    assert_rows(cleaned(rows, given).withColumn("value", value), "raw_line value problems", expected)


ALL_WRONG = {"event_time": "now", "event_type": "hover", "price": "NaN", "user_id": ""}
LINES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    # raw line, its values, problems, remarks
    ("now,\0hover", ALL_WRONG, ["unparsable_time", "unknown_event_type", "bad_price", "bad_user_id"], []),
    ("malformed", {"malformed": True, "price": None, "event_time": None}, ["truncated_or_malformed"], []),
    ("good", {}, [], []),
    ("a price with three digits", {"price": "1.234"}, [], ["price_rounded"]),
    ("a price with zeros at its end", {"price": "1.200"}, [], []),
]


def test_a_row_keeps_its_line_and_has_all_its_problems_or_a_remark_on_a_rounded_price(rows: Rows) -> None:
    found = cleaned(rows, {line: given for line, given, _, _ in LINES})
    assert_rows(found, "raw_line problems remarks", [(line, problems, remarks) for line, _, problems, remarks in LINES])


def test_a_good_row_is_late_by_the_newest_published_day(rows: Rows) -> None:
    given = {
        "3 days before": {"event_time": "2019-09-28 00:00:00"},
        "a second earlier": {"event_time": "2019-09-27 23:59:59"},
        "with a problem": {"event_time": "2001-01-01 00:00:00", "price": "x"},
    }
    found = cleaned(rows, given, max_late_days=3, published=[event(event_time="2019-10-01 23:00:00")])
    expected = [("3 days before", []), ("a second earlier", ["late"]), ("with a problem", ["bad_price"])]
    assert_rows(found, "raw_line problems", expected)


@pytest.mark.parametrize(
    ("max_late_days", "published"), [(None, [event()]), (1, [])], ids=["no limit", "nothing published"]
)
def test_no_row_is_late_without_a_limit_or_before_the_first_publication(
    rows: Rows, max_late_days: int | None, published: list[dict[str, Any]]
) -> None:
    found = cleaned(
        rows, {"old": {"event_time": "2001-01-01 00:00:00"}}, max_late_days=max_late_days, published=published
    )
    assert_rows(found, "raw_line problems", [("old", [])])


def test_without_rows_the_result_is_empty_and_has_the_declared_columns(rows: Rows) -> None:
    found = cleaned(rows, {}, max_late_days=3)
    assert found.collect() == []
    expected = {column.name: column.data_type for column in CLEAN_EVENTS.columns if column.name != "run_id"}
    assert {field.name: field.dataType for field in found.schema if field.name in expected} == expected


def test_the_answer_does_not_depend_on_order_or_partitions(orders: Orders, rows: Rows) -> None:
    given = [{**GOOD, column: text, "raw_line": f"{number:03}"} for number, (column, text, _, _) in enumerate(FIELDS)]
    given.append({**GOOD, "event_time": "2019-09-28 10:00:00", "raw_line": "late"})
    first, *others = (
        clean_events(raw, rows(CLEAN_EVENTS, [event()]), clock=CLOCK, max_late_days=2)
        for raw in orders(DELIVERED, given)
    )
    computed = first.localCheckpoint()
    assert_rows(computed.filter("problems = array('late')"), "raw_line", [("late",)])
    for other in others:
        assert_df_equality(computed, other, ignore_row_order=True, ignore_nullable=True)
