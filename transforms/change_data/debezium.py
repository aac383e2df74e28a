"""Types and values of Debezium, with or without the schema of their event."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.widening import INTEGERS

# Semantic type of Debezium -> its units per second.
_UNITS = {
    "io.debezium.time.Timestamp": 1_000,
    "io.debezium.time.MicroTimestamp": 1_000_000,
    "io.debezium.time.NanoTimestamp": 1_000_000_000,
    "org.apache.kafka.connect.data.Timestamp": 1_000,
}
# Type in the schema of an event -> Spark type.
_TYPES = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float32": "float",
    "float": "float",
    "float64": "double",
}
_TYPES |= {"double": "double", "boolean": "boolean"}
_WITH_ZONE = "io.debezium.time.ZonedTimestamp"
_DAYS = ("io.debezium.time.Date", "org.apache.kafka.connect.data.Date")
_DECIMAL = "org.apache.kafka.connect.data.Decimal"
_VARIABLE_DECIMAL = "io.debezium.data.VariableScaleDecimal"
# Of a decimal whose scale is that of each value.
_VARIABLE_TYPE = "decimal(38,18)"
_MOST_DIGITS = 38
# The parameters of a decimal and their defaults. A negative scale stands for zeros before the point.
_DIGITS = (("connect.decimal.precision", _MOST_DIGITS), ("scale", 0))
# A number of JSON; and what a timestamp can hold.
_INSTANT, _MAX_MICROS = r"\A-?(\d{1,19}(\.\d{1,9})?|\d(\.\d{1,18})?[eE]\+?1?\d)\z", 2**62
# Units per second -> smallest number that is read in this unit, without a schema; smaller ones are milliseconds.
_SMALLEST = {1_000_000_000: 10**17, 1_000_000: 10**14}


def type_of(field: Mapping[str, Any]) -> str:
    """The Spark type of a field in the schema of an event; string for any other type."""
    semantic_type, parameters = field.get("name"), field.get("parameters", {})
    if semantic_type in _DAYS:
        return "date"
    if semantic_type in _UNITS or semantic_type == _WITH_ZONE:
        return "timestamp"
    if semantic_type == _DECIMAL:
        digits, scale = (int(parameters.get(name, default)) for name, default in _DIGITS)
        return f"decimal({min(digits - min(scale, 0), _MOST_DIGITS)},{max(scale, 0)})"
    if semantic_type == _VARIABLE_DECIMAL:
        return _VARIABLE_TYPE
    return _TYPES.get(field["type"], "string") if isinstance(field["type"], str) else "string"


def semantic_type_of(field: Mapping[str, Any]) -> str:
    """The semantic type of a field in the schema of an event; for a decimal with its scale."""
    scale = field.get("parameters", {}).get("scale")
    return f"{field['name']} {scale}" if scale is not None else str(field["name"])


def value_as_text(text: Column, kind: str, semantic_type: str) -> Column:
    """The value as text, as in a CSV file."""
    is_integer = text.rlike(r"\A-?\d{1,19}\z")
    if kind == "date" and (semantic_type in _DAYS or not semantic_type):
        return F.when(
            is_integer, F.date_add(F.lit("1970-01-01").cast("date"), text.cast("int")).cast("string")
        ).otherwise(text)
    if kind == "timestamp" and (semantic_type in _UNITS or not semantic_type):
        return F.when(is_integer, instant(text, _UNITS[semantic_type]) if semantic_type else _by_size(text)).otherwise(
            F.regexp_replace(text, "T", " ")
        )
    if semantic_type.startswith(_DECIMAL):
        return _decimal(text, F.lit(int(semantic_type.rpartition(" ")[2])))
    if kind.startswith("decimal"):
        unscaled, scale = (F.get_json_object(text, f"$.{name}") for name in ("value", "scale"))
        return F.when(F.startswith(text, F.lit("{")), _decimal(unscaled, scale.cast("int"))).otherwise(
            _with_fraction(text)
        )
    return F.regexp_replace(_with_fraction(text), r"\A(-?\d+)\.0+\z", "$1") if kind in INTEGERS else text


def _with_fraction(number: Column) -> Column:
    """A number of JSON such as 1e-05 as 1.0e-05; only so is it one in a CSV file."""
    return F.regexp_replace(number, r"\A(-?\d)(?=[eE])", "$1.0")


def _by_size(text: Column) -> Column:
    size = F.abs(text.cast("decimal(20,0)"))
    nano, micro = _SMALLEST
    return (
        F.when(size >= _SMALLEST[nano], instant(text, nano))
        .when(size >= _SMALLEST[micro], instant(text, micro))
        .otherwise(instant(text, 1_000))
    )


def instant(text: Column, unit: int) -> Column:
    """The instant that many units after 1970, as text. *Nulls:* NULL if the text is no number."""
    number = F.when(text.rlike(_INSTANT), text).cast("decimal(30,0)")
    micros = F.floor(number * F.lit(1_000_000) / F.lit(unit))
    return F.timestamp_micros(F.when(F.abs(micros) < _MAX_MICROS, micros).cast("long")).cast("string")


def _decimal(text: Column, scale: Column) -> Column:
    """A decimal from its unscaled value: big-endian two's complement bytes in base64. Other text stays as it is."""
    digits = F.hex(F.unbase64(text))
    places = F.sequence(F.lit(1), F.length(digits), F.lit(2))
    is_negative = F.conv(F.substring(digits, 1, 1), 16, 10).cast("int") >= 8

    def append_byte(total: Column, place: Column) -> Column:
        byte = F.conv(F.substr(digits, place, F.lit(2)), 16, 10).cast("decimal(3,0)")
        # Negative numbers are complemented: their own bytes would overflow decimal(38,0).
        return (total * 256 + F.when(is_negative, 255 - byte).otherwise(byte)).cast("decimal(38,0)")

    unsigned = F.aggregate(places, F.lit(0).cast("decimal(38,0)"), append_byte)
    number = F.when(is_negative, (-unsigned - 1).cast("decimal(38,0)")).otherwise(unsigned)
    sign = F.when(number < 0, "-").otherwise("")
    # Division of decimals rounds in Spark, so the decimal point is inserted as text.
    padded = F.concat(F.repeat(F.lit("0"), _MOST_DIGITS), F.abs(number).cast("string"))
    whole = F.regexp_replace(padded.substr(F.lit(1), F.length(padded) - F.greatest(scale, F.lit(0))), r"\A0+(?=\d)", "")
    fraction = F.when(scale > 0, F.concat(F.lit("."), F.right(padded, scale))).otherwise("")
    zeros = F.when(number != 0, F.right(F.lit("0" * _MOST_DIGITS), -F.least(scale, F.lit(0)))).otherwise("")
    return F.coalesce(F.concat(sign, whole, zeros, fraction), text)
