"""Local calendar days of instants, and parsing of dates written by people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from itertools import product

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.values import evaluate_once

# Separator -> the part of a date that comes first. A separator that is not listed is ambiguous.
PROFILES: Mapping[str, Mapping[str, str]] = {
    "seed000": {"-": "day", "/": "month"},
    "day_first": {"-": "day", "/": "day"},
    "month_first": {"-": "month", "/": "month"},
    "iso": {},
}
# The profile that infers the order from the dates of each file.
INFER = "infer"
_SEPARATORS = {"-": "_dash", "/": "_slash"}

# y-M-d and y/M/d; dates whose order the profile decides; dd.MM.yyyy with or without a trailing point.
_DATE = r"\A(\d{4}([-/])\d{1,2}\2\d{1,2}|\d{1,2}([-/])\d{1,2}\3(\d{4}|\d\d)|\d{1,2}\.\d{1,2}\.(\d{4}|\d\d)\.?)\z"


def local_date(instant: Column, time_zone: str) -> Column:
    """The calendar day of `instant` in the IANA zone. Days may have 23, 24 or 25 hours."""
    return F.to_date(F.from_utc_timestamp(instant, time_zone))


def midnight(day: Column, time_zone: str) -> Column:
    """The instant at which the calendar day starts in the IANA zone."""
    return F.to_utc_timestamp(day.cast("timestamp"), time_zone)


def on_local_days(events: DataFrame, *, as_of: datetime, time_zone: str) -> DataFrame:
    """The events before `as_of`, each with its local `day`."""
    return events.filter(F.col("event_time") < F.lit(as_of)).withColumn(
        "day", local_date(F.col("event_time"), time_zone)
    )


def on_last_whole_days(
    events: DataFrame, *, days: int, as_of: datetime, time_zone: str, first_day: date | None
) -> DataFrame:
    """The events of the last `days` whole local days before `as_of`, with `day`, `period_start` and `period_end`.

    Both bounds are inclusive. The period does not start before `first_day`, the day of the first event.
    """
    dated = on_local_days(events, as_of=as_of, time_zone=time_zone)
    start, end = last_whole_days(days=days, as_of=as_of, time_zone=time_zone, first_day=first_day)
    return dated.withColumns({"period_start": start, "period_end": end}).filter(F.col("day").between(start, end))


def last_whole_days(*, days: int, as_of: datetime, time_zone: str, first_day: date | None) -> tuple[Column, Column]:
    """The first and last of the `days` whole local days before `as_of`. The first is never before `first_day`."""
    last_day = F.date_sub(local_date(F.lit(as_of), time_zone), 1)
    return F.greatest(F.lit(first_day), F.date_sub(last_day, days - 1)), last_day


def steps_between(like: DataFrame, first: Column, last: Column, step: str) -> DataFrame:
    """One row per instant or day `at`, from `first` to `last` in intervals of `step`.

    *Nulls:* no rows if `first` is after `last`, or either is NULL. `like` only provides the session.
    """
    one_row = like.limit(0).agg(F.count("*"))
    return one_row.select(F.explode(F.when(first <= last, F.sequence(first, last, F.expr(step)))).alias("at"))


def with_dates(rows: DataFrame, texts: Mapping[str, str], profile: str) -> DataFrame:
    """Add the date `<name>` and its `<name>_status` for each name -> text column, as normalise_date parses it.

    With the profile `infer`, the order is inferred per file and separator: if one part of a date is above 12, the other
    is the month, in all dates of the file with that separator. If dates of a file contradict each other, no order is
    inferred for the file. The rows need source_file and malformed; malformed lines are not used.
    """
    orders: Mapping[str, str | Column] = PROFILES.get(
        profile, {separator: F.col(f"_is_month_first{suffix}") for separator, suffix in _SEPARATORS.items()}
    )
    if profile == INFER:
        file_orders = _infer_orders(rows, list(texts.values()))
        rows = rows.join(F.broadcast(file_orders), on="source_file", how="left")  # file_orders: one row per file
    parsed = rows.withColumns({f"_{name}": normalise_date(F.col(text), orders) for name, text in texts.items()})
    return parsed.withColumns(
        {
            f"{name}{suffix}": F.col(f"_{name}.{part}")
            for name in texts
            for suffix, part in (("", "date"), ("_status", "status"))
        }
    )


def normalise_date(text: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """struct<date: date, status: string> of a date written d-M-y, d/M/y, M-d-y, M/d/y, y-M-d, y/M/d or dd.MM.yyyy.

    status is `ok`, `ambiguous` (day and month could be swapped and the profile does not decide), `invalid` or `null`
    (empty text). *Nulls:* the date is NULL unless the status is `ok`. `profile` is a name in PROFILES, or a mapping of
    separator to whether the month is first; NULL means undecided. A two-digit year below 30 is in the 2000s, any other
    in the 1900s.
    """
    is_empty = F.coalesce(F.length(F.trim(text)), F.lit(0)) == 0

    def parse(parts: Column) -> Column:
        month_first = _is_month_first(parts, profile)
        month, day = (
            F.when(month_first, parts[if_month_first]).when(~month_first, parts[if_day_first])
            for if_month_first, if_day_first in (("first", "second"), ("second", "first"))
        )
        # An invalid date must become NULL. Only parsing with a pattern does this on both Spark lines.
        date = F.try_to_timestamp(
            F.format_string("%04d-%02d-%02d", parts["year"], month, day), F.lit("yyyy-MM-dd")
        ).cast("date")
        is_ambiguous = parts.isNotNull() & month_first.isNull()
        status = F.when(is_empty, "null").when(is_ambiguous, "ambiguous")
        return evaluate_once(
            date,
            lambda value: F.struct(
                value.alias("date"), status.when(value.isNull(), "invalid").otherwise("ok").alias("status")
            ),
        )

    return evaluate_once(_parts(F.trim(text)), parse)


def date_text(date: Column) -> Column:
    """The date as M/d/yyyy without padding. *Nulls:* NULL stays NULL."""
    return F.date_format(date, "M/d/yyyy")


def _parts(text: Column) -> Column:
    """struct<separator, is_year_first, year, first, second>; first and second are day and month in written order.

    *Nulls:* NULL if the text does not have the form of a date.
    """

    def to_struct(parts: Column) -> Column:
        is_year_first = F.length(parts[0]) == 4
        first, second, year = (
            F.when(is_year_first, parts[if_year_first]).otherwise(parts[if_year_last])
            for if_year_first, if_year_last in ((1, 0), (2, 1), (0, 2))
        )
        pivoted = F.when(year < 30, year + 2000).otherwise(year + 1900)
        values = {
            "separator": F.regexp_extract(text, "[-/.]", 0),
            "is_year_first": is_year_first,
            "year": F.when(F.length(year) == 2, pivoted).otherwise(year.cast("int")).cast("int"),
            "first": first.cast("int"),
            "second": second.cast("int"),
        }
        return F.when(parts.isNotNull(), F.struct(*(value.alias(name) for name, value in values.items())))

    return evaluate_once(F.when(text.rlike(_DATE), F.split(text, "[-/.]")), to_struct)


def _is_month_first(parts: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """Whether the month is written first. *Nulls:* NULL if neither the profile nor the parts decide."""
    by_profile = F.lit(None).cast("boolean")
    for separator, order in (PROFILES[profile] if isinstance(profile, str) else profile).items():
        is_month_first = order == "month" if isinstance(order, str) else order
        by_profile = F.when(parts["separator"] == separator, is_month_first).otherwise(by_profile)
    by_parts = F.when(parts["first"] > 12, False).when(parts["second"] > 12, True)
    decided = F.coalesce(by_profile, by_parts)
    return F.when(parts["is_year_first"], True).when(parts["separator"] == ".", False).otherwise(decided)


def _infer_orders(rows: DataFrame, texts: Sequence[str]) -> DataFrame:
    """Whether the month is first, by separator. *Grain:* one row per source_file.

    *Nulls:* NULL if no date decides, or if dates of the file contradict each other.
    """
    well_formed = rows.filter(~F.col("malformed"))
    dates = {
        text: F.when(normalise_date(F.col(text), "iso").getField("status") == "ok", _parts(F.trim(text)))
        for text in texts
    }
    parts = well_formed.select("source_file", *(struct.alias(text) for text, struct in dates.items()))
    evidence = {}
    for (separator, suffix), (order, day_part) in product(_SEPARATORS.items(), (("month", "second"), ("day", "first"))):
        is_decisive = [
            (F.col(f"{text}.separator") == separator)
            & ~F.col(f"{text}.is_year_first")
            & (F.col(f"{text}.{day_part}") > 12)
            for text in texts
        ]
        evidence[f"_{order}{suffix}"] = _any(F.coalesce(condition, F.lit(False)) for condition in is_decisive)
    by_file = parts.groupBy("source_file").agg(*(F.bool_or(holds).alias(name) for name, holds in evidence.items()))
    suffixes = _SEPARATORS.values()
    is_consistent = ~_any(F.col(f"_month{suffix}") & F.col(f"_day{suffix}") for suffix in suffixes)
    is_decided = {suffix: is_consistent & (F.col(f"_month{suffix}") | F.col(f"_day{suffix}")) for suffix in suffixes}
    return by_file.select(
        "source_file",
        *(
            F.when(decided, F.col(f"_month{suffix}")).alias(f"_is_month_first{suffix}")
            for suffix, decided in is_decided.items()
        ),
    )


def _any(conditions: Iterable[Column]) -> Column:
    return reduce(lambda left, right: left | right, conditions)
