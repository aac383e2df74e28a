"""Calendar days: of instants in a zone, and of dates that people wrote."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce

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

_YEAR_FIRST = r"\A(\d{4})([-/])(\d{1,2})\2(\d{1,2})\z"
_YEAR_LAST = r"\A(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d{2})\z"
_DOTTED = r"\A(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\.?\z"


def local_date(instant: Column, time_zone: str) -> Column:
    """The calendar day on which `instant` falls in the IANA zone. Days there have 23, 24 or 25 hours."""
    return F.to_date(F.from_utc_timestamp(instant, time_zone))


def midnight(day: Column, time_zone: str) -> Column:
    """The instant at which the calendar day begins in the IANA zone."""
    return F.to_utc_timestamp(day.cast("timestamp"), time_zone)


def on_local_days(events: DataFrame, *, as_of: datetime, time_zone: str) -> DataFrame:
    """The events before `as_of`, each with its local `day`."""
    return events.filter(F.col("event_time") < F.lit(as_of)).withColumn("day", local_date(F.col("event_time"), time_zone))


def on_last_whole_days(events: DataFrame, *, days: int, as_of: datetime, time_zone: str, first_day: date | None) -> DataFrame:
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
    told: Mapping[str, str | Column] = PROFILES.get(profile, {sign: F.col(f"_is_month_first{name}") for sign, name in _SIGNS.items()})
    asked = rows.join(F.broadcast(_orders(rows, texts.values())), "source_file", "left") if profile == INFER else rows  # one row per file
    read = asked.withColumns({f"_{name}": normalise_date(F.col(text), told) for name, text in texts.items()})
    return read.withColumns({f"{name}{end}": F.col(f"_{name}.{part}") for name in texts for end, part in (("", "date"), ("_status", "status"))})


def normalise_date(text: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """struct<date: date, status: string> of a date written d-M-y, d/M/y, M-d-y, M/d/y, y-M-d, y/M/d or dd.MM.yyyy.

    status is `ok`, `ambiguous` (day and month could be swapped and the profile does not say which is first),
    `invalid` or `null` (nothing was written). The date is NULL unless the status is `ok`. A profile is one of PROFILES, or separator -> whether the
    month is first, where NULL tells nothing.
    A two-digit year below 30 is in the 2000s, else in the 1900s.
    """
    written = F.trim(text)
    year_last, year_first, dotted = written.rlike(_YEAR_LAST), written.rlike(_YEAR_FIRST), written.rlike(_DOTTED)
    first, second = _part(written, _YEAR_LAST, 1), _part(written, _YEAR_LAST, 3)
    month_leads = _month_leads(F.regexp_extract(written, _YEAR_LAST, 2), first, second, profile)
    date = (
        F.when(year_first, _date(_year(written, _YEAR_FIRST, 1), _part(written, _YEAR_FIRST, 3), _part(written, _YEAR_FIRST, 4)))
        .when(dotted, _date(_year(written, _DOTTED, 3), _part(written, _DOTTED, 2), _part(written, _DOTTED, 1)))
        .when(year_last & month_leads, _date(_year(written, _YEAR_LAST, 4), first, second))
        .when(year_last & ~month_leads, _date(_year(written, _YEAR_LAST, 4), second, first))
    )
    status = (
        F.when(F.coalesce(F.length(written), F.lit(0)) == 0, "null")
        .when(year_last & month_leads.isNull(), "ambiguous")
        .when(date.isNull(), "invalid")
        .otherwise("ok")
    )
    return F.struct(date.alias("date"), status.alias("status"))


def date_text(date: Column) -> Column:
    """The date as M/d/yyyy without padding. *Nulls:* NULL stays NULL."""
    return F.date_format(date, "M/d/yyyy")


def _month_leads(separator: Column, first: Column, second: Column, profile: str | Mapping[str, str | Column]) -> Column:
    """Whether the month is written first; NULL where neither the profile nor the parts tell."""
    told = F.lit(None).cast("boolean")
    for sign, part in (PROFILES[profile] if isinstance(profile, str) else profile).items():
        told = F.when(separator == sign, part == "month" if isinstance(part, str) else part).otherwise(told)
    return F.coalesce(told, F.when(first > 12, False), F.when(second > 12, True))


def _orders(rows: DataFrame, texts: Iterable[str]) -> DataFrame:
    """Whether the month is first, by separator. *Grain:* one row per source_file. *Nulls:* where no date tells, or two contradict each other."""
    found = {f"_{part}{name}": F.lit(False) for name in _SIGNS.values() for part in ("month", "day")}
    for text in texts:
        written, is_date = F.trim(text), normalise_date(F.col(text), "iso").getField("status") == "ok"
        first, second = _part(written, _YEAR_LAST, 1), _part(written, _YEAR_LAST, 3)
        for sign, name in _SIGNS.items():
            tells = is_date & (F.regexp_extract(written, _YEAR_LAST, 2) == sign)
            found[f"_month{name}"] |= F.coalesce(tells & (second > 12), F.lit(False))
            found[f"_day{name}"] |= F.coalesce(tells & (first > 12), F.lit(False))
    of_files = rows.filter(~F.col("malformed")).groupBy("source_file").agg(*(F.bool_or(is_said).alias(part) for part, is_said in found.items()))
    is_one_way = ~reduce(lambda one, other: one | other, (F.col(f"_month{name}") & F.col(f"_day{name}") for name in _SIGNS.values()))
    told = {name: is_one_way & (F.col(f"_month{name}") | F.col(f"_day{name}")) for name in _SIGNS.values()}
    return of_files.select("source_file", *(F.when(is_told, F.col(f"_month{name}")).alias(f"_is_month_first{name}") for name, is_told in told.items()))


def _part(written: Column, pattern: str, group: int) -> Column:
    digits = F.regexp_extract(written, pattern, group)
    return F.when(digits != "", digits).cast("int")


def _year(written: Column, pattern: str, group: int) -> Column:
    """The year, whole: one of two digits below 30 is in the 2000s, else in the 1900s."""
    year = _part(written, pattern, group)
    has_two_digits = F.length(F.regexp_extract(written, pattern, group)) == 2
    return F.when(has_two_digits & (year < 30), year + 2000).when(has_two_digits, year + 1900).otherwise(year)


def _date(year: Column, month: Column, day: Column) -> Column:
    # A date that is none must become NULL, and only the pattern form of parsing does so on both runtime lines.
    return F.try_to_timestamp(F.format_string("%04d-%02d-%02d", year, month, day), F.lit("yyyy-MM-dd")).cast("date")
