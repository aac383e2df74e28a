"""Calendar days: dates as people write them, and local days of instants."""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.dates import date_text, local_date, midnight, normalise_date, steps_between

CASES = [
    # text, profile, date, status
    ("2019-10-01", "seed000", "2019-10-01", "ok"),
    ("2019/1/2", "seed000", "2019-01-02", "ok"),
    ("1-2-2019", "seed000", "2019-02-01", "ok"),
    ("1/2/2019", "seed000", "2019-01-02", "ok"),
    ("1-2-2019", "month_first", "2019-01-02", "ok"),
    ("1/2/2019", "day_first", "2019-02-01", "ok"),
    ("1/2/2019", "iso", None, "ambiguous"),
    ("5-5-2019", "iso", None, "ambiguous"),
    ("13/2/2019", "iso", "2019-02-13", "ok"),
    ("2/13/2019", "iso", "2019-02-13", "ok"),
    ("01-13-2016", "seed000", None, "invalid"),
    ("13/1/2016", "seed000", None, "invalid"),
    ("31.12.2019.", "iso", "2019-12-31", "ok"),
    ("1.2.2019", "month_first", "2019-02-01", "ok"),
    ("1-2-29", "day_first", "2029-02-01", "ok"),
    ("1-2-30", "day_first", "1930-02-01", "ok"),
    ("1-2-0019", "day_first", "0019-02-01", "ok"),
    ("29-2-2019", "day_first", None, "invalid"),
    ("29-2-2020", "day_first", "2020-02-29", "ok"),
    ("2019-13-01", "seed000", None, "invalid"),
    ("2019-1/2", "seed000", None, "invalid"),
    (" 2019-10-01 ", "seed000", "2019-10-01", "ok"),
    ("2019-10-01\n", "seed000", None, "invalid"),
    ("yesterday", "seed000", None, "invalid"),
    ("0/0/2019", "seed000", None, "invalid"),
    ("", "seed000", None, "null"),
    (None, "seed000", None, "null"),
]


def test_a_written_date_is_read_by_its_profile_or_said_to_be_unreadable(spark: SparkSession) -> None:
    columns = [F.to_json(normalise_date(F.lit(text), profile), {"ignoreNullFields": "false"}) for text, profile, _, _ in CASES]
    found = spark.range(1).select(*(column.alias(str(number)) for number, column in enumerate(columns))).collect()[0]
    expected = [f'{{"date":{"null" if date is None else chr(34) + date + chr(34)},"status":"{status}"}}' for _, _, date, status in CASES]
    assert dict(zip(CASES, found, strict=True)) == dict(zip(CASES, expected, strict=True))


def test_the_text_form_has_no_padding(spark: SparkSession) -> None:
    assert spark.range(1).select(date_text(F.lit("2019-01-02").cast("date"))).collect()[0][0] == "1/2/2019"


@pytest.mark.parametrize(("day", "hours"), [("2019-10-27", 25), ("2019-03-31", 23), ("2019-10-26", 24)])
def test_a_local_day_of_zagreb_has_the_hours_that_its_clocks_show(spark: SparkSession, day: str, hours: int) -> None:
    begin, end = midnight(F.lit(day).cast("date"), "Europe/Zagreb"), midnight(F.date_add(F.lit(day).cast("date"), 1), "Europe/Zagreb")
    length = (F.unix_seconds(end) - F.unix_seconds(begin)) / 3600
    first, last = (local_date(instant, "Europe/Zagreb").cast("string") for instant in (begin, F.timestamp_seconds(F.unix_seconds(end) - 1)))
    assert tuple(spark.range(1).select(length, first, last).collect()[0]) == (hours, day, day)


@pytest.mark.parametrize(("first", "last", "days"), [("2019-10-01", "2019-10-03", 3), ("2019-10-03", "2019-10-03", 1), ("2019-10-04", "2019-10-03", 0)])
def test_there_is_no_step_between_two_days_of_which_the_first_is_later(spark: SparkSession, first: str, last: str, days: int) -> None:
    found = steps_between(spark.range(0), F.lit(first).cast("date"), F.lit(last).cast("date"), "INTERVAL 1 DAY")
    assert found.count() == days
