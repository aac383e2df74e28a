"""Values of change feeds as texts that can be parsed without rounding."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.change_data.debezium import instant

_LARGE, _SMALL = r"[eE]\+?([01]?\d|2[01])\z", r"[eE]-(0?\d|1[0-8])\z"
# Digits of a commit time -> its units per second.
_UNITS = {10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}


def readable_time(name: str) -> Column:
    """A commit time as text, also one given as a number since 1970. Those finer than a microsecond are truncated.

    The number of digits tells its unit in the years 2001 to 2286, so that a date such as 20240101 is never one.
    """
    text = F.col(name)
    instants = [F.when(F.length(text) == digits, instant(text, unit)) for digits, unit in _UNITS.items()]
    in_microseconds = F.regexp_replace(text, r"(\.\d{6})\d+", "$1")
    return F.coalesce(F.when(text.rlike(r"\A\d{10,19}\z"), F.coalesce(*instants)), in_microseconds)


def plain_number(name: str, *, is_whole: bool) -> Column:
    """A number with an exponent, as DMS writes some (+5.0656000000000000e+05), as a plain decimal; other text as it is.

    Of integers only one with a point: 1e3 may be an identifier. An integer may have zeros after a point, as pandas
    writes those of a column with NULLs. *Nulls:* NULL stays NULL.
    """
    text, mantissa = F.col(name), rf"\A[+-]?\d(\.\d{{1,16}}){'' if is_whole else '?'}"
    # Both casts are exact: a mantissa has at most 16 digits after the point.
    plain = F.when(text.rlike(mantissa + _LARGE), text.cast("decimal(38,16)").cast("string")).when(
        text.rlike(mantissa + _SMALL), text.cast("decimal(38,34)").cast("string")
    )
    whole = F.regexp_replace(text, r"\A([+-]?\d+)\.0+\z", "$1") if is_whole else text
    return F.coalesce(F.regexp_replace(plain, r"\.?0+\z", ""), whole)


def date_of_midnight(name: str) -> Column:
    """The date of a time at midnight, in UTC, as a DATE of Oracle is delivered; other text as it is."""
    return F.regexp_replace(name, r"\A(\d{4}-\d\d-\d\d)[ T]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?\z", "$1")
