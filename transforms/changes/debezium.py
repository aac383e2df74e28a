"""Change events of Debezium, JSON, as rows of a raw table: nested or flattened, with their schema or without."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from schemas.changing import CHANGE_SEQ, COMMIT_TS, RAW_OP
from transforms.raw_rows import without_exponent

_PLACE = 20
# How many of a unit make a second, by what Debezium calls the type.
_UNITS = {
    "io.debezium.time.Timestamp": 1_000,
    "io.debezium.time.MicroTimestamp": 1_000_000,
    "io.debezium.time.NanoTimestamp": 1_000_000_000,
    "org.apache.kafka.connect.data.Timestamp": 1_000,
}
# What a field of a schema is in Spark's words, by its type there.
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
# Without a schema a whole number is told by its size: milliseconds, microseconds or nanoseconds.
_LEAST = {1_000_000_000: 10**17, 1_000_000: 10**14}


def debezium_rows(
    lines: DataFrame,
    names: Sequence[str],
    *,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    meanings: Mapping[str, str],
) -> DataFrame:
    """Rows of `lines` (line, source_file) that hold one change event each. A line that is none is malformed; an event of nothing, as after a delete, is no row.

    `columns` maps our names to theirs, `types` are those that our values will have, `meanings` what the schema of the events says of them.
    """
    told = _events(lines)
    theirs = [columns[name] for name in types]
    schema = StructType()
    for key in theirs:
        schema = schema.add(key, "string")
    parsed = told.withColumn("fields", F.from_json("row", schema))
    control = {RAW_OP.name: F.col("op"), COMMIT_TS.name: _commit_time(), CHANGE_SEQ.name: _place()}
    values = {
        name: _value(F.col("fields").getField(columns[name]), kind, meanings.get(columns[name], ""))
        for name, kind in types.items()
    }
    known = {**values, **control}
    return parsed.select(
        *(known.get(name, F.lit(None).cast("string")).alias(name) for name in names),
        "source_file",
        F.col("line").alias("raw_line"),
        (~F.col("is_event") | (F.col("fields").isNull() & ~F.coalesce(F.col("op") == "t", F.lit(False)))).alias(
            "malformed"
        ),
        *(["row_no"] if "row_no" in lines.columns else []),
    )


def type_of(field: Mapping[str, Any]) -> str:
    """The type of a column by its field in the schema of the events; text where it is none of ours."""
    meaning, told = field.get("name"), field.get("parameters", {})
    if meaning in _DAYS:
        return "date"
    if meaning in _UNITS or meaning == _WITH_ZONE:
        return "timestamp"
    if meaning == _DECIMAL:
        return f"decimal({told.get('connect.decimal.precision', 38)},{told.get('scale', 0)})"
    return _TYPES.get(field["type"], "string") if isinstance(field["type"], str) else "string"


def meaning_of(field: Mapping[str, Any]) -> str:
    """What the schema says that a value is; of a decimal also its scale."""
    scale = field.get("parameters", {}).get("scale")
    return f"{field['name']} {scale}" if scale is not None else str(field["name"])


def event_fields(lines: DataFrame) -> DataFrame:
    """The fields that the rows of the events have. *Grain:* one row per `name`, with the first `place` that it has in a row.

    `is_placed` says whether every event with the field tells its place in the log of the source.
    """
    each = _events(lines).select(
        F.posexplode(F.json_object_keys("row")).alias("place", "name"), _place().isNotNull().alias("is_placed")
    )
    return (
        each.filter("name NOT LIKE '\\_\\_%'")
        .groupBy("name")
        .agg(F.min("place").alias("place"), F.min("is_placed").alias("is_placed"))
    )


def _events(lines: DataFrame) -> DataFrame:
    """The lines that hold something, each with its `body`, `op` and `row` as JSON, whether it `is_nested`, and whether it `is_event` at all."""
    payload = F.get_json_object("line", "$.payload")
    has_envelope = F.coalesce(
        F.sort_array(F.json_object_keys("line")) == F.array(F.lit("payload"), F.lit("schema")), F.lit(False)
    )
    bodies = lines.withColumn("body", F.when(has_envelope, payload).otherwise(F.col("line")))
    nested = F.get_json_object("body", "$.op").isNotNull() & F.startswith(
        F.get_json_object("body", "$.source"), F.lit("{")
    )
    op = F.coalesce(F.when(nested, _at("$.op")), F.when(_at("$.__deleted") == "true", "d"), _at("$.__op"))
    row = F.when(~nested, F.col("body")).when(op == "d", _at("$.before")).otherwise(_at("$.after"))
    says_nothing = F.trim("line").isin("", "null") | (has_envelope & payload.isNull())
    return bodies.filter(~says_nothing).withColumns(
        {
            "is_nested": nested,
            "op": op,
            "row": row,
            "is_event": F.coalesce(F.json_object_keys("body").isNotNull(), F.lit(False)),
        }
    )


def _at(path: str) -> Column:
    return F.get_json_object("body", path)


def _commit_time() -> Column:
    """When the source committed, as it told itself; else when the event was made."""
    of_source = _at("$.source.ts_ms")
    told = F.when(F.col("is_nested"), F.coalesce(F.when(of_source != "0", of_source), _at("$.ts_ms")))
    flat = F.coalesce(_at("$.__source_ts_ms"), _at("$.__ts_ms"))
    return _instant(F.coalesce(told, flat), 1_000)


def _place() -> Column:
    """The place in the log of the source: file, position and row of MySQL, the number of PostgreSQL, SQL Server, Oracle, MongoDB."""
    of_mysql = F.concat_ws(" ", _any("file"), _filled(_any("pos")), _filled(F.coalesce(_any("row"), F.lit("0"))))
    of_mssql = F.concat_ws(" ", _any("commit_lsn"), _any("change_lsn"), _filled(_any("event_serial_no")))
    return F.coalesce(
        F.when(_any("pos").isNotNull(), of_mysql),
        _filled(_any("lsn")),
        F.when(_any("commit_lsn").isNotNull(), of_mssql),
        _filled(_any("scn")),
        _filled(_any("ord")),
    )


def _any(name: str) -> Column:
    return F.coalesce(_at(f"$.source.{name}"), _at(f"$.__source_{name}"), _at(f"$.__{name}"))


def _filled(text: Column) -> Column:
    return F.lpad(text, _PLACE, "0")


def _value(text: Column, kind: str, meaning: str) -> Column:
    """The value as a CSV of it would write it."""
    is_count = text.rlike(r"\A-?\d{1,19}\z")
    if kind == "date" and (meaning in _DAYS or not meaning):
        return F.when(
            is_count, F.date_add(F.lit("1970-01-01").cast("date"), text.cast("int")).cast("string")
        ).otherwise(text)
    if kind == "timestamp" and (meaning in _UNITS or not meaning):
        return F.when(is_count, _instant(text, _UNITS[meaning]) if meaning else _by_size(text)).otherwise(
            F.regexp_replace(text, "T", " ")
        )
    if meaning.startswith(_DECIMAL):
        return _decimal(text, int(meaning.rpartition(" ")[2]))
    return without_exponent(text) if kind.startswith("decimal") else text


def _by_size(text: Column) -> Column:
    size = F.abs(text.cast("decimal(20,0)"))
    nano, micro = _LEAST
    return (
        F.when(size >= _LEAST[nano], _instant(text, nano))
        .when(size >= _LEAST[micro], _instant(text, micro))
        .otherwise(_instant(text, 1_000))
    )


def _instant(text: Column, unit: int) -> Column:
    """So many units since 1970, as text."""
    micros = F.floor(text.cast("decimal(30,0)") * F.lit(1_000_000) / F.lit(unit)).cast("long")
    return F.timestamp_micros(micros).cast("string")


def _decimal(text: Column, scale: int) -> Column:
    """A number from the bytes of its digits, of two's complement, in base 64."""
    digits = F.hex(F.unbase64(text))
    places = F.sequence(F.lit(1), F.length(digits), F.lit(2))
    is_negative = F.conv(F.substring(digits, 1, 1), 16, 10).cast("int") >= 8

    def more(total: Column, place: Column) -> Column:
        byte = F.conv(F.substr(digits, place, F.lit(2)), 16, 10).cast("decimal(3,0)")
        # Of a negative number what it lacks to -1: its own bytes would be more than there is room for.
        return (total * 256 + F.when(is_negative, 255 - byte).otherwise(byte)).cast("decimal(38,0)")

    counted = F.aggregate(places, F.lit(0).cast("decimal(38,0)"), more)
    number = F.when(is_negative, (-counted - 1).cast("decimal(38,0)")).otherwise(counted)
    sign = F.when(number < 0, "-").otherwise("")
    # Spark divides decimals by rounding them: the point is put in by hand.
    return (
        F.concat(sign, F.regexp_replace(_wide(F.abs(number).cast("string"), scale + 1), rf"(\d{{{scale}}})\z", ".$1"))
        if scale
        else number.cast("string")
    )


def _wide(text: Column, least: int) -> Column:
    return F.when(F.length(text) < least, F.lpad(text, least, "0")).otherwise(text)
