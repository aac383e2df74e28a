"""Calendar days: of instants in a zone, and of dates that people wrote."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from itertools import product

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# Which part of a date comes first where a separator leaves it open. A separator that is absent is not decided.
PROFILES: Mapping[str, Mapping[str, str]] = {
    "seed000": {"-": "day", "/": "month"},
    "day_first": {"-": "day", "/": "day"},
    "month_first": {"-": "month", "/": "month"},
    "iso": {},
}
# The profile that asks the dates of each file themselves.
INFER = "infer"
_SIGNS = {"-": "_dash", "/": "_slash"}

# y-M-d and y/M/d; what a profile tells how to read; dd.MM.yyyy with or without its last point.
_DATE = r"\A(\d{4}([-/])\d{1,2}\2\d{1,2}|\d{1,2}([-/])\d{1,2}\3(\d{4}|\d\d)|\d{1,2}\.\d{1,2}\.(\d{4}|\d\d)\.?)\z"


def local_date(instant: Column, time_zone: str) -> Column:
    """The calendar day on which `instant` falls in the IANA zone. Days there have 23, 24 or 25 hours."""
    return F.to_date(F.from_utc_timestamp(instant, time_zone))


def midnight(day: Column, time_zone: str) -> Column:
    """The instant at which the calendar day begins in the IANA zone."""
    return F.to_utc_timestamp(day.cast("timestamp"), time_zone)


def on_local_days(events: DataFrame, *, as_of: datetime, time_zone: str) -> DataFrame:
    """The events before `as_of`, each with its local `day`."""
    return events.filter(F.col("event_time") < F.lit(as_of)).withColumn(
        "day", local_date(F.col("event_time"), time_zone)
    )


def on_last_whole_days(
    events: DataFrame, *, days: int, as_of: datetime, time_zone: str, first_day: date | None
) -> DataFrame:
    """The events of the last `days` whole local days before `as_of`, with `day`, `period_start` and `period_end` (both inclusive).

    The period does not begin before `first_day`, that of the first event.
    """
    dated = on_local_days(events, as_of=as_of, time_zone=time_zone)
    start, end = last_whole_days(days=days, as_of=as_of, time_zone=time_zone, first_day=first_day)
    return dated.withColumns({"period_start": start, "period_end": end}).filter(F.col("day").between(start, end))


def last_whole_days(*, days: int, as_of: datetime, time_zone: str, first_day: date | None) -> tuple[Column, Column]:
    """The first and the last of the `days` whole local days before `as_of`; the first is not before `first_day`."""
    last_day = F.date_sub(local_date(F.lit(as_of), time_zone), 1)
    return F.greatest(F.lit(first_day), F.date_sub(last_day, days - 1)), last_day


def steps_between(like: DataFrame, first: Column, last: Column, step: str) -> DataFrame:
    """One row per instant or day `at` from the first to the last one, `step` apart; none where the first is later, or either is NULL.

    Made in the session of `like`.
    """
    one_row = like.limit(0).agg(F.count("*"))
    return one_row.select(F.explode(F.when(first <= last, F.sequence(first, last, F.expr(step)))).alias("at"))


def with_dates(rows: DataFrame, texts: Mapping[str, str], profile: str) -> DataFrame:
    """The rows with the date `<name>` and the `<name>_status` of each name -> text, as normalise_date reads it.

    By the profile `infer` the dates of a file tell it: where a separator is used with a part beyond 12, the other part is the month, there and in
    all dates of the file with that separator. Where they contradict each other nothing is taken to be told by any of them. The rows need source_file
    and malformed; a malformed line tells nothing.
    """
    told: Mapping[str, str | Column] = PROFILES.get(
        profile, {sign: F.col(f"_is_month_first{name}") for sign, name in _SIGNS.items()}
    )
    asked = (
        rows.join(F.broadcast(_orders(rows, list(texts.values()))), "source_file", "left") if profile == INFER else rows
    )  # one row per file
    read = asked.withColumns({f"_{name}": normalise_date(F.col(text), told) for name, text in texts.items()})
    return read.withColumns(
        {
            f"{name}{end}": F.col(f"_{name}.{part}")
            for name in texts
            for end, part in (("", "date"), ("_status", "status"))
        }
    )


def normalise_date(text: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """struct<date: date, status: string> of a date written d-M-y, d/M/y, M-d-y, M/d/y, y-M-d, y/M/d or dd.MM.yyyy.

    status is `ok`, `ambiguous` (day and month could be swapped and the profile does not say which is first),
    `invalid` or `null` (nothing was written). The date is NULL unless the status is `ok`. A profile is one of PROFILES, or separator -> whether the
    month is first, where NULL tells nothing.
    A two-digit year below 30 is in the 2000s, else in the 1900s.
    """
    is_empty = F.coalesce(F.length(F.trim(text)), F.lit(0)) == 0

    def judged(parts: Column) -> Column:
        leads = _month_leads(parts, profile)
        month, day = (
            F.when(leads, parts[one]).when(~leads, parts[other])
            for one, other in (("first", "second"), ("second", "first"))
        )
        # A date that is none must become NULL, and only the pattern form of parsing does so on both runtime lines.
        made = F.try_to_timestamp(
            F.format_string("%04d-%02d-%02d", parts["year"], month, day), F.lit("yyyy-MM-dd")
        ).cast("date")
        is_ambiguous = parts.isNotNull() & leads.isNull()
        status = F.when(is_empty, "null").when(is_ambiguous, "ambiguous")
        return _given(
            made,
            lambda date: F.struct(
                date.alias("date"), status.when(date.isNull(), "invalid").otherwise("ok").alias("status")
            ),
        )

    return _given(_parts(F.trim(text)), judged)


def date_text(date: Column) -> Column:
    """The date as M/d/yyyy without padding. *Nulls:* NULL stays NULL."""
    return F.date_format(date, "M/d/yyyy")


def _parts(written: Column) -> Column:
    """struct<sign, is_year_first, year, first, second>: the two that are not the year, in their order. *Nulls:* NULL where it has the form of no date."""

    def told(found: Column) -> Column:
        is_year_first = F.length(found[0]) == 4
        first, second, year = (
            F.when(is_year_first, found[one]).otherwise(found[other]) for one, other in ((1, 0), (2, 1), (0, 2))
        )
        pivoted = F.when(year < 30, year + 2000).otherwise(year + 1900)
        values = {
            "sign": F.regexp_extract(written, "[-/.]", 0),
            "is_year_first": is_year_first,
            "year": F.when(F.length(year) == 2, pivoted).otherwise(year.cast("int")).cast("int"),
            "first": first.cast("int"),
            "second": second.cast("int"),
        }
        return F.when(found.isNotNull(), F.struct(*(value.alias(name) for name, value in values.items())))

    return _given(F.when(written.rlike(_DATE), F.split(written, "[-/.]")), told)


def _given(value: Column, told: Callable[[Column], Column]) -> Column:
    """What is told of a value, which is worked out once: Spark writes an expression out wherever it is named, but for what a lambda takes."""
    return F.transform(F.array(value), told)[0]


def _month_leads(parts: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """Whether the month is written first; NULL where neither the profile nor the parts tell."""
    told = F.lit(None).cast("boolean")
    for sign, part in (PROFILES[profile] if isinstance(profile, str) else profile).items():
        told = F.when(parts["sign"] == sign, part == "month" if isinstance(part, str) else part).otherwise(told)
    by_parts = F.when(parts["first"] > 12, False).when(parts["second"] > 12, True)
    return F.when(parts["is_year_first"], True).when(parts["sign"] == ".", False).otherwise(F.coalesce(told, by_parts))


def _orders(rows: DataFrame, texts: Sequence[str]) -> DataFrame:
    """Whether the month is first, by separator. *Grain:* one row per source_file. *Nulls:* where no date tells, or two contradict each other."""
    whole = rows.filter(~F.col("malformed"))
    dates = {
        text: F.when(normalise_date(F.col(text), "iso").getField("status") == "ok", _parts(F.trim(text)))
        for text in texts
    }
    written = whole.select("source_file", *(parts.alias(text) for text, parts in dates.items()))
    found = {}
    for (sign, name), (part, telling) in product(_SIGNS.items(), (("month", "second"), ("day", "first"))):
        tells = [
            (F.col(f"{text}.sign") == sign) & ~F.col(f"{text}.is_year_first") & (F.col(f"{text}.{telling}") > 12)
            for text in texts
        ]
        found[f"_{part}{name}"] = reduce(
            lambda some, more: some | more, (F.coalesce(told, F.lit(False)) for told in tells)
        )
    of_files = written.groupBy("source_file").agg(*(F.bool_or(is_said).alias(part) for part, is_said in found.items()))
    is_one_way = ~reduce(
        lambda some, more: some | more, (F.col(f"_month{name}") & F.col(f"_day{name}") for name in _SIGNS.values())
    )
    told = {name: is_one_way & (F.col(f"_month{name}") | F.col(f"_day{name}")) for name in _SIGNS.values()}
    return of_files.select(
        "source_file",
        *(F.when(is_told, F.col(f"_month{name}")).alias(f"_is_month_first{name}") for name, is_told in told.items()),
    )
