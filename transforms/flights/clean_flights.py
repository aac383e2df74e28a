"""Raw flights, typed and validated."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from schemas.flights.vocabulary import ZONES
from transforms.cleaning import trim_columns, validate_rows
from transforms.values import is_invalid

# How R and pandas write missing values.
_NULL_TEXTS = ("", "NA", "NaN", "nan")
_MINUTES_OF_A_DAY = 24 * 60
# A flight date may be ahead of the UTC clock by the local time zone and by a departure planned for 24:00.
_MAX_AHEAD = timedelta(days=2)
_WHOLE = ("year", "month", "day", "flight", "dep_delay", "arr_delay", "air_time", "distance")
_TIMES = ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")


def clean_flights(raw_flights: DataFrame, *, zones: Mapping[str, str], clock: datetime) -> DataFrame:
    """Every raw flight with its typed values, `problems` and `remarks`.

    The date of a departure is the one closest to the planned departure plus its delay. `zones` adds time zones of
    airports to the built-in ones.

    *Grain:* one row per input row, valid or not. *Nulls:* '', NA and NaN are NULL.
    """
    text = trim_columns(raw_flights, RAW_FLIGHTS.names, null_texts=_NULL_TEXTS)
    typed = text.select(
        "*",
        *(_whole(f"raw_{name}").alias(name) for name in (*_WHOLE, *_TIMES)),
        *(F.upper(f"raw_{name}").alias(name) for name in ("carrier", "origin", "dest")),
        F.col("raw_tailnum").alias("tailnum"),
    ).withColumns({name: _minutes(name) for name in _TIMES})
    # An invalid date must become NULL; only try_to_timestamp with a pattern does so on both runtime lines.
    date = F.try_to_timestamp(F.format_string("%04d-%02d-%02d", "year", "month", "day"), F.lit("yyyy-MM-dd")).cast(
        "date"
    )
    with_zone = typed.withColumns(
        {"flight_date": F.when(F.col("year").between(1900, 9999), date), "zone": origin_zone(zones=zones)}
    )
    minutes_ahead = F.col("sched_dep_time") + F.coalesce("dep_delay", F.lit(0)) - F.col("dep_time")
    departed = F.col("dep_time") + F.round(minutes_ahead / F.lit(_MINUTES_OF_A_DAY)).cast("long") * _MINUTES_OF_A_DAY
    with_times = with_zone.withColumns({"planned": _local(F.col("sched_dep_time")), "departed": _local(departed)})
    flights = with_times.withColumns(
        {
            "flight_date": F.coalesce(F.to_date("planned"), F.col("flight_date")),  # 2400 belongs to the next day
            "scheduled_departure": F.date_format("planned", "yyyy-MM-dd HH:mm"),
            "scheduled_departure_at": F.to_utc_timestamp("planned", F.col("zone")),
            "departure": F.date_format("departed", "yyyy-MM-dd HH:mm"),
            "departure_at": _departed_at(),
            "scheduled_arrival_time": _clock("sched_arr_time"),
            "arrival_time": _clock("arr_time"),
            "is_cancelled": F.col("raw_dep_time").isNull(),
            "is_diverted": F.col("raw_dep_time").isNotNull() & F.col("raw_arr_delay").isNull(),
        }
    )
    return validate_rows(flights, CLEAN_FLIGHTS, _checks(clock))


def _checks(clock: datetime) -> Mapping[str, Column]:
    return {
        "bad_date": F.col("flight_date").isNull(),
        "future": F.col("flight_date") > F.lit(clock.date() + _MAX_AHEAD),
        "bad_scheduled_departure": F.col("sched_dep_time").isNull(),
        "bad_departure": _unfit("dep_time"),
        "bad_arrival": _unfit("arr_time", "sched_arr_time")
        | (F.col("raw_dep_time").isNull() & F.col("raw_arr_delay").isNotNull()),
        "bad_delay": _unfit("dep_delay", "arr_delay"),
        "bad_carrier": _is_not("carrier", r"\A[0-9A-Z]{2}\z"),
        "bad_flight": F.col("flight").isNull() | (F.col("flight") < 0),
        "bad_airport": _is_not("origin", r"\A[A-Z]{3}\z") | _is_not("dest", r"\A[A-Z]{3}\z"),
        "unknown_zone": F.col("origin").isNotNull() & F.col("zone").isNull(),
        "bad_measure": _unfit("air_time", "distance") | (F.col("air_time") < 0) | (F.col("distance") < 0),
    }


def _unfit(*names: str) -> Column:
    return reduce(or_, (is_invalid(f"raw_{name}", name) for name in names))


def _is_not(name: str, pattern: str) -> Column:
    return ~F.coalesce(F.col(name).rlike(pattern), F.lit(False))


def _whole(name: str) -> Column:
    """A whole number, possibly written with zero decimals such as 517.0."""
    return F.when(F.col(name).rlike(r"\A-?\d{1,9}(\.0*)?\z"), F.substring_index(name, ".", 1).cast("long"))


def _minutes(name: str) -> Column:
    """Minutes after midnight of a time HHMM; 2400 is the next midnight."""
    return F.when(F.col(name).between(0, 2400) & (F.col(name) % 100 < 60), F.col(name) - F.expr(f"{name} div 100") * 40)


def origin_zone(*, zones: Mapping[str, str]) -> Column:
    """The time zone of the origin. *Nulls:* NULL if it is unknown."""
    name_of_zone = F.lit(None).cast("string")
    for airport, zone in {**ZONES, **zones}.items():
        name_of_zone = F.when(F.col("origin") == airport, zone).otherwise(name_of_zone)
    return name_of_zone


def _local(minutes: Column) -> Column:
    """The local time `minutes` after midnight of flight_date."""
    return F.timestamp_seconds(F.unix_timestamp(F.col("flight_date").cast("timestamp")) + minutes * 60)


def _departed_at() -> Column:
    """The instant of the departure. In an hour repeated by a clock change, the delay decides which one it is."""
    delayed = F.timestamp_seconds(
        F.unix_timestamp(F.to_utc_timestamp("planned", F.col("zone"))) + F.col("dep_delay") * 60
    )
    return F.when(F.from_utc_timestamp(delayed, F.col("zone")) == F.col("departed"), delayed).otherwise(
        F.to_utc_timestamp("departed", F.col("zone"))
    )


def _clock(name: str) -> Column:
    return F.when(F.col(name).isNotNull(), F.format_string("%02d:%02d", F.floor(F.col(name) / 60), F.col(name) % 60))
