"""Invalid numbers and times, and those that naive parsing confuses."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from jobs.ecommerce import clean_events
from tests.conftest import FEW_TABLES, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

ID = "9007199254740993"  # the first integer that a double cannot represent, and one of 19 digits
LONG_ID = "9223372036854775807"
NUMBERS = {
    ("price", "NaN"): ["bad_price"],
    ("price", "Infinity"): ["bad_price"],
    ("price", "1e400"): ["bad_price"],
    ("price", "1e3"): ["bad_price"],
    ("price", "-5"): ["bad_price"],
    ("price", '"1,5"'): ["bad_price"],
    ("price", "1,5"): ["truncated_or_malformed"],
    ("price", "10000000000000000"): ["bad_price"],
    ("user_id", "9223372036854775808"): ["bad_user_id"],
    ("user_id", "12345678901234567890"): ["bad_user_id"],
    ("user_id", "1.0"): ["bad_user_id"],
    ("product_id", "0x1F"): ["bad_product_id"],
    ("category_id", "2.1E18"): ["bad_category_id"],
    ("event_type", "hover"): ["unknown_event_type"],
}


@fault(
    "I13",
    injected="NaN, Infinity, 1e400, -5, 1,5, ids of 19 digits and beyond 2^63",
    checked="rejected, each with its reason; ids exact in CSV, JSON and Parquet",
)
def test_values_that_are_not_numbers_are_rejected_and_long_ids_are_exact(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    lines = {line(**{column: text}): reasons for (column, text), reasons in NUMBERS.items()}
    daily.deliver("a.csv", *lines, line(product_id=ID, user_id=LONG_ID))
    numbers = [f'"price": {price}, "product_id": 1, "user_id": 1' for price in ("NaN", "1e400", "-5")]
    numbers += [f'"price": 1, "product_id": {ID}, "user_id": {LONG_ID}', '"price": 1, "product_id": 1.0, "user_id": 1']
    objects = [f'{{"event_time": "2019-10-01 10:00:00", "event_type": "view", {more}}}' for more in numbers]
    daily.deliver("b.json", *objects, header="")
    columns = "SELECT TIMESTAMP '2019-10-01 10:00:00' AS event_time, 'view' AS event_type"
    for name, price, product in (
        ("exact", "2.00", f"{ID}::BIGINT"),
        ("double", "1.00", f"{ID}::DOUBLE"),
        ("nan", "'NaN'::DOUBLE", "1::BIGINT"),
    ):
        values = f"{price} AS price, {product} AS product_id, {LONG_ID}::BIGINT AS user_id"
        duckdb.execute(f"COPY ({columns}, {values}) TO '{daily.input}/{name}.parquet' (FORMAT parquet)")
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    kept = daily.table("ecommerce.clean_events").collect()
    assert {(str(row.product_id), str(row.user_id)) for row in kept} == {(ID, LONG_ID)}
    assert sorted(row.source_file.rpartition("/")[2] for row in kept) == ["a.csv", "b.json", "exact.parquet"]
    rejected = [
        (row.source_file.rpartition("/")[2], row.raw_line, row.problems)
        for row in daily.table("ecommerce.rejected_events").collect()
    ]
    assert {printed: reasons for name, printed, reasons in rejected if name == "a.csv"} == lines
    assert sorted(reasons for name, _, reasons in rejected if name == "b.json") == [["bad_price"]] * 3 + [
        ["bad_product_id"]
    ]
    assert [(name, reasons) for name, _, reasons in sorted(rejected) if name.endswith("parquet")] == [
        ("double.parquet", ["bad_product_id"]),
        ("nan.parquet", ["bad_price"]),
    ]


CLOCK = "2026-11-20T12:00:00Z"
# the text as delivered -> the stored value, or the reason for its rejection
TIMES = {
    "2019-10-01 00:00:00": "2019-10-01 00:00:00",
    "2019-10-01 00:00:00 UTC": "2019-10-01 00:00:00",
    "2019-10-01T02:00:00+02:00": "2019-10-01 00:00:00",
    "2019-03-31 02:30:00": "2019-03-31 02:30:00",  # does not exist in Zagreb
    "2019-10-27 02:30:00 +0200": "2019-10-27 00:30:00",  # occurs twice in Zagreb
    "2019-10-27 02:30:00 +0100": "2019-10-27 01:30:00",
    "2019-10-01 24:00:00": ["unparsable_time"],
    "2019-10-01 23:59:60": ["unparsable_time"],
    "2019-02-29 00:00:00": ["unparsable_time"],
    "2019-10-01 00:00:00 CET": ["unparsable_time"],
    "1569880800000": ["unparsable_time"],
    "0001-01-01 00:00:00": ["too_old"],
    "1999-12-31 23:59:59": ["too_old"],
    "9999-12-31 23:59:59": ["future"],
    "2026-11-20 12:05:00": "2026-11-20 12:05:00",
    "2026-11-20 12:05:01": ["future"],
}


@fault(
    "I14",
    injected="no zone, offsets, 24:00, 29 February, DST, years 1 and 9999, milliseconds, the future",
    checked="one instant each, or one reason",
)
def test_a_time_is_one_instant_or_has_one_reason(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    daily.deliver("a.csv", *(line(event_time=text, product_id=str(number)) for number, text in enumerate(TIMES)))
    assert daily.run("--max_rejected_share", "1", "--clock", CLOCK) == 0, daily.output
    kept = {
        row.product_id: row.at
        for row in daily.table("ecommerce.clean_events").selectExpr("product_id", "string(event_time) AS at").collect()
    }
    refused = {
        int(row.raw_line.split(",")[2]): row.problems for row in daily.table("ecommerce.rejected_events").collect()
    }
    assert (
        dict(zip(TIMES, (kept.get(number) or refused.get(number) for number in range(len(TIMES))), strict=True))
        == TIMES
    )


@fault("I14", checked="local days of 23 and 25 hours")
def test_a_local_day_has_its_23_or_25_hours(daily: InProcess) -> None:
    start = datetime(2019, 3, 30, tzinfo=ZoneInfo("UTC"))
    hours = [start + timedelta(hours=hour) for day in (0, 210) for hour in range(24 * day, 24 * (day + 3))]
    daily.deliver("a.csv", *(line(event_time=f"{hour:%Y-%m-%d %H:%M:%S}") for hour in hours))
    daily.job = FEW_TABLES
    assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
    days = daily.table("ecommerce.unique_visitors").filter("grain = 'day' AND events > 0").collect()
    events = {str(row.period_start): row.events for row in days}
    assert (events["2019-03-31"], events["2019-10-27"]) == (23, 25)
