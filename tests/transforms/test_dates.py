"""Calendar days: dates as written by people, and local days of instants."""

from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.dates import PROFILES, date_text, local_date, midnight, normalise_date, steps_between

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


def test_a_written_date_is_parsed_by_its_profile_or_has_a_status_that_says_why_not(spark: SparkSession) -> None:
    given = spark.createDataFrame([(text, profile) for text, profile, _, _ in CASES], "text string, profile string")
    by_profile = (F.when(F.col("profile") == profile, normalise_date(F.col("text"), profile)) for profile in PROFILES)
    found = given.withColumn("parsed", F.coalesce(*by_profile)).select("text", "profile", "parsed.*")
    assert_rows(found, "text profile date status", CASES)


def test_a_date_as_text_has_no_padding(spark: SparkSession) -> None:
    found = spark.sql("SELECT DATE'2019-01-02' AS date").select(date_text(F.col("date")).alias("text"))
    assert_rows(found, "text", [["1/2/2019"]])


def test_a_local_day_in_zagreb_has_23_hours_in_spring_and_25_in_autumn(spark: SparkSession) -> None:
    days = spark.sql("SELECT DATE(day) AS day FROM VALUES '2019-10-27', '2019-03-31', '2019-10-26' AS (day)")
    begin, end = (midnight(day, "Europe/Zagreb") for day in (F.col("day"), F.date_add("day", 1)))
    length = (F.unix_seconds(end) - F.unix_seconds(begin)) / 3600
    last_second = F.timestamp_seconds(F.unix_seconds(end) - 1)
    first, last = (local_date(instant, "Europe/Zagreb") for instant in (begin, last_second))
    found = days.select("day", length.alias("hours"), first.alias("first"), last.alias("last"))
    hours_of_days = {"2019-10-27": 25.0, "2019-03-31": 23.0, "2019-10-26": 24.0}
    assert_rows(found, "day hours first last", [[day, hours, day, day] for day, hours in hours_of_days.items()])


def test_steps_include_both_days_and_there_is_none_if_the_first_day_is_later(spark: SparkSession) -> None:
    def days(first: str, last: str) -> DataFrame:
        found = steps_between(spark.range(0), F.lit(first).cast("date"), F.lit(last).cast("date"), "INTERVAL 1 DAY")
        return found.select(F.lit(first).alias("first"), "at")

    cases = [("2019-10-01", "2019-10-03"), ("2019-10-03", "2019-10-03"), ("2019-10-04", "2019-10-03")]
    found = reduce(DataFrame.union, (days(first, last) for first, last in cases))
    several = [["2019-10-01", day] for day in ("2019-10-01", "2019-10-02", "2019-10-03")]
    assert_rows(found, "first at", [*several, ["2019-10-03", "2019-10-03"]])
