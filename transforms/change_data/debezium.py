"""Types and values of Debezium, with or without the schema of their event."""

from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.widening import INTEGERS
from transforms.change_data.json_numbers import is_number, plain_numbers
from transforms.values import evaluate_once

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
# Bytes without a name, in base64.
_BYTES = "bytes"
_VARIABLE_DECIMAL = "io.debezium.data.VariableScaleDecimal"
# Of a decimal whose scale is that of each value.
_VARIABLE_TYPE = "decimal(38,18)"
_MOST_DIGITS = 38
# The parameters of a decimal and their defaults. A negative scale stands for zeros before the point.
_DIGITS = (("connect.decimal.precision", _MOST_DIGITS), ("scale", 0))
_SCALE = r"\A-?\d{1,5}\z"
# Larger numbers are computed in parts: so many hexadecimal digits, then decimal digits. Their product is a long.
_HEX_DIGITS, _PART_DIGITS = 6, 11
# The hexadecimal digits of numbers that are certainly a long.
_LONG_DIGITS = 14
_HEX_RANGE, _PART_RANGE = 16**_HEX_DIGITS, 10**_PART_DIGITS
_BASE64_UNIT = 4
# Days since 1970, also of years that no table has.
_DAY = r"\A-?\d{1,9}\z"
# Types of columns that show a time as such; others keep its number.
_TIMES = ("date", "timestamp", "string")
# A number of JSON; and what a timestamp can hold.
_INSTANT, _MAX_MICROS = r"\A-?(\d{1,19}(\.\d{1,9})?|\d(\.\d{1,18})?[eE]\+?1?\d)\z", 2**62
# Units per second -> smallest number that is read in this unit, without a schema; smaller ones are milliseconds.
_SMALLEST = {1_000_000_000: 10**17, 1_000_000: 10**14}


def type_of(field: Mapping[str, Any], known: str = "") -> str:
    """The Spark type of a field in the schema of an event; string for any other type.

    A decimal without a scale of its own has that of the table if its type, `known`, holds exact numbers; bytes are
    text unless that type is binary.
    """
    semantic_type, decimal = str(field.get("name")), _digits_and_scale(field)
    if semantic_type in _DAYS:
        return "date"
    if semantic_type in _UNITS or semantic_type == _WITH_ZONE:
        return "timestamp"
    if semantic_type == _DECIMAL and decimal and decimal[1] <= _MOST_DIGITS:
        digits, scale = decimal  # numbers below 1 may have a scale above their precision
        return f"decimal({min(max(digits - min(scale, 0), scale), _MOST_DIGITS)},{max(scale, 0)})"
    if semantic_type == _VARIABLE_DECIMAL:
        return known if known.startswith("decimal") or known in INTEGERS else _VARIABLE_TYPE
    kind = field.get("type")
    if kind == _BYTES and known == "binary":
        return known
    return _TYPES.get(kind, "string") if isinstance(kind, str) else "string"


def has_decimals(semantic_types: Iterable[str]) -> bool:
    return any(semantic_type.startswith(_DECIMAL) for semantic_type in semantic_types)


def semantic_type_of(field: Mapping[str, Any]) -> str:
    """The semantic type of a field in the schema of an event, for a decimal with its scale; empty without one.

    Bytes without one have their type.
    """
    semantic_type = field.get("name") or ""
    if field.get("type") == _BYTES and not semantic_type:
        return _BYTES
    if semantic_type != _DECIMAL:
        return str(semantic_type)
    decimal = _digits_and_scale(field)
    return f"{_DECIMAL} {decimal[1]}" if decimal else ""


def _digits_and_scale(field: Mapping[str, Any]) -> list[int] | None:
    """Of a decimal; None if its schema has other values than numbers for them."""
    parameters = field.get("parameters") or {}
    try:
        return [int(parameters.get(name, default)) for name, default in _DIGITS]
    except (AttributeError, TypeError, ValueError):
        return None


def value_as_text(json: Column, kind: str, semantic_type: str) -> Column:
    """The value as text, as in a CSV file, of a field with the `semantic_type` in a column of the type `kind`.

    Numbers in the value may be marked, see json_numbers.
    """
    text = plain_numbers(json)
    if kind in _TIMES and (semantic_type in _DAYS or (kind == "date" and not semantic_type)):
        day = F.date_add(F.lit("1970-01-01").cast("date"), F.when(text.rlike(_DAY), text).cast("int"))
        return F.coalesce(day.cast("string"), text)
    if kind in _TIMES and (semantic_type in _UNITS or (kind == "timestamp" and not semantic_type)):
        number = F.when(text.rlike(r"\A-?\d{1,19}\z"), text)
        moment = instant(number, _UNITS[semantic_type]) if semantic_type else _by_size(number)
        return F.coalesce(moment, F.regexp_replace(text, "T", " "))
    if semantic_type == _BYTES and kind == "binary":
        return F.coalesce(F.hex(F.try_to_binary(text, F.lit("base64"))), text)
    if semantic_type == _WITH_ZONE:
        return F.regexp_replace(text, r"(\.\d{6})\d+", "$1")
    if semantic_type.startswith(_DECIMAL):
        decimal = _decimal(text, F.lit(int(semantic_type.rpartition(" ")[2])))
        # Kafka Connect writes the unscaled value, or, with decimal.format=NUMERIC, the number itself.
        return F.when(is_number(json), _with_fraction(text)).otherwise(decimal)
    if semantic_type == _VARIABLE_DECIMAL or (kind.startswith("decimal") and not semantic_type):
        unscaled, scale = (F.get_json_object(text, f"$.{name}") for name in ("value", "scale"))
        is_scale = scale.rlike(_SCALE)
        number = F.when(is_scale, _decimal(unscaled, F.when(is_scale, scale).cast("int")))
        return F.coalesce(F.when(F.startswith(text, F.lit("{")), number), _with_fraction(text))
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
    # Spark also reads base64 without the padding that Kafka Connect writes.
    padded = F.when(F.length(text) % _BASE64_UNIT == 0, text)
    hexadecimal = F.hex(F.try_to_binary(padded, F.lit("base64")))
    number = F.when(F.length(hexadecimal) > 0, hexadecimal)
    return F.coalesce(evaluate_once(number, lambda digits: _with_point(digits, scale)), text)


def _with_point(hexadecimal: Column, scale: Column) -> Column:
    """The decimal with the two's complement `hexadecimal`, of any length, without its point."""
    is_negative = hexadecimal >= "8"

    def zeros(count: Column) -> Column:
        return F.call_function("repeat", F.lit("0"), count)

    magnitude = F.when(F.length(hexadecimal) > _LONG_DIGITS, _magnitude(hexadecimal, is_negative)).otherwise(
        _magnitude_of_long(hexadecimal, is_negative)
    )
    digits = F.concat(zeros(scale + 1), magnitude, zeros(-scale))
    places = F.greatest(scale, F.lit(0))
    whole = F.regexp_replace(digits.substr(F.lit(1), F.length(digits) - places), r"\A0+(?=\d)", "")
    fraction = F.when(scale > 0, F.concat(F.lit("."), F.right(digits, scale))).otherwise("")
    return F.concat(F.when(is_negative, "-").otherwise(""), whole, fraction)


def _magnitude_of_long(hexadecimal: Column, is_negative: Column) -> Column:
    complement = F.conv(F.right(F.concat(F.lit("F" * _LONG_DIGITS), hexadecimal), F.lit(_LONG_DIGITS)), 16, 10)
    number = F.when(is_negative, F.lit(16**_LONG_DIGITS) - complement.cast("long"))
    return F.coalesce(number.cast("string"), F.conv(hexadecimal, 16, 10))


def _magnitude(hexadecimal: Column, is_negative: Column) -> Column:
    """The decimal digits of a number without its sign. A decimal of Spark would hold no more than 38 digits."""
    sign_digits = F.when(is_negative, "F" * _HEX_DIGITS).otherwise("0" * _HEX_DIGITS)
    last = F.length(hexadecimal) + 1
    places = F.sequence(F.length(hexadecimal) % _HEX_DIGITS + 1, last, F.lit(_HEX_DIGITS))

    def unsigned(place: Column) -> Column:
        digits = F.substr(F.concat(sign_digits, hexadecimal), place, F.lit(_HEX_DIGITS))
        number = F.conv(digits, 16, 10).cast("long")
        # The two's complement of a negative number: all bits are inverted, then one is added.
        return F.when(is_negative, _HEX_RANGE - 1 - number + (place == last).cast("long")).otherwise(number)

    def append(parts: Column, number: Column) -> Column:
        """`parts`, the least first, times _HEX_RANGE plus the number."""
        start = F.struct(F.array().cast("array<bigint>").alias("parts"), number.alias("carry"))

        def carry(state: Column, part: Column) -> Column:
            total = part * _HEX_RANGE + state["carry"]
            parts = F.concat(state["parts"], F.array(total % _PART_RANGE))
            return F.struct(parts.alias("parts"), F.call_function("div", total, F.lit(_PART_RANGE)).alias("carry"))

        return F.aggregate(parts, start, carry, lambda state: F.concat(state["parts"], F.array(state["carry"])))

    parts = F.aggregate(F.transform(places, unsigned), F.array().cast("array<bigint>"), append)
    texts = F.transform(F.reverse(parts), lambda part: F.lpad(part.cast("string"), _PART_DIGITS, "0"))
    return F.array_join(texts, "")
