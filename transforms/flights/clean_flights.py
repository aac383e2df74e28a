"""Delivered flights, typed and judged."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from schemas.flights.vocabulary import ZONES
from transforms.delivered import judged, trimmed
from transforms.values import is_unfit

# As R and pandas write what is missing.
_NOTHING = ("", "NA", "NaN", "nan")
_MINUTES_OF_A_DAY = 24 * 60
# So far the day of a place, and of a plan for its midnight, may be before that of the clock.
_AHEAD = timedelta(days=2)
_WHOLE = ("year", "month", "day", "flight", "dep_delay", "arr_delay", "air_time", "distance")
_TIMES = ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")


def clean_flights(raw_flights: DataFrame, *, zones: Mapping[str, str], clock: datetime) -> DataFrame:
    """Every delivered flight with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. *Nulls:* '', NA and NaN are NULL.
    A departure is on that day on which it is nearest to the planned one and its delay. `zones` are those of airports beside the known ones.
    """
    text = trimmed(raw_flights, RAW_FLIGHTS.names, nothing=_NOTHING)
    typed = text.select(
        "*",
        *(_whole(f"raw_{name}").alias(name) for name in (*_WHOLE, *_TIMES)),
        *(F.upper(f"raw_{name}").alias(name) for name in ("carrier", "origin", "dest")),
        F.col("raw_tailnum").alias("tailnum"),
    ).withColumns({name: _minutes(name) for name in _TIMES})
    # A date that is none must become NULL, and only the pattern form of parsing does so on both runtime lines.
    date = F.try_to_timestamp(F.format_string("%04d-%02d-%02d", "year", "month", "day"), F.lit("yyyy-MM-dd")).cast(
        "date"
    )
    placed = typed.withColumns(
        {"flight_date": F.when(F.col("year").between(1900, 9999), date), "zone": _zone({**ZONES, **zones})}
    )
    later = F.col("sched_dep_time") + F.coalesce("dep_delay", F.lit(0)) - F.col("dep_time")
    left = F.col("dep_time") + F.round(later / F.lit(_MINUTES_OF_A_DAY)).cast("long") * _MINUTES_OF_A_DAY
    timed = placed.withColumns({"planned": _local(F.col("sched_dep_time")), "left": _local(left)})
    flights = timed.withColumns(
        {
            "flight_date": F.coalesce(F.to_date("planned"), F.col("flight_date")),  # 2400 is of the next day
            "scheduled_departure": F.date_format("planned", "yyyy-MM-dd HH:mm"),
            "scheduled_departure_at": F.to_utc_timestamp("planned", F.col("zone")),
            "departure": F.date_format("left", "yyyy-MM-dd HH:mm"),
            "departure_at": _left_at(),
            "scheduled_arrival_time": _clock("sched_arr_time"),
            "arrival_time": _clock("arr_time"),
            "is_cancelled": F.col("raw_dep_time").isNull(),
            "is_diverted": F.col("raw_dep_time").isNotNull() & F.col("raw_arr_delay").isNull(),
        }
    )
    return judged(flights, CLEAN_FLIGHTS, _checks(clock))


def _checks(clock: datetime) -> Mapping[str, Column]:
    return {
        "bad_date": F.col("flight_date").isNull(),
        "future": F.col("flight_date") > F.lit(clock.date() + _AHEAD),
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
    return reduce(lambda one, other: one | other, (is_unfit(f"raw_{name}", name) for name in names))


def _is_not(name: str, pattern: str) -> Column:
    return ~F.coalesce(F.col(name).rlike(pattern), F.lit(False))


def _whole(name: str) -> Column:
    """A whole number, also as a fraction of nothing: 517.0."""
    return F.when(F.col(name).rlike(r"\A-?\d{1,9}(\.0*)?\z"), F.substring_index(name, ".", 1).cast("long"))


def _minutes(name: str) -> Column:
    """Minutes from midnight of a time HHMM, a whole number; 2400 is the next midnight."""
    return F.when(F.col(name).between(0, 2400) & (F.col(name) % 100 < 60), F.col(name) - F.expr(f"{name} div 100") * 40)


def _zone(zones: Mapping[str, str]) -> Column:
    told = F.lit(None).cast("string")
    for airport, zone in zones.items():
        told = F.when(F.col("origin") == airport, zone).otherwise(told)
    return told


def _local(minutes: Column) -> Column:
    """So many minutes after midnight of the day, by the clock on the wall."""
    return F.timestamp_seconds(F.unix_timestamp(F.col("flight_date").cast("timestamp")) + minutes * 60)


def _left_at() -> Column:
    """The instant of the departure. An hour that clocks show twice does not tell which one it is; the delay does."""
    delayed = F.timestamp_seconds(
        F.unix_timestamp(F.to_utc_timestamp("planned", F.col("zone"))) + F.col("dep_delay") * 60
    )
    return F.when(F.from_utc_timestamp(delayed, F.col("zone")) == F.col("left"), delayed).otherwise(
        F.to_utc_timestamp("left", F.col("zone"))
    )


def _clock(name: str) -> Column:
    return F.when(F.col(name).isNotNull(), F.format_string("%02d:%02d", F.floor(F.col(name) / 60), F.col(name) % 60))
