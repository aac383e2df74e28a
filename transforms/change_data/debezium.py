"""Read Debezium change events as rows of a raw table: JSON, nested or flattened, with or without schema."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from transforms.raw_rows import plain_number

_POSITION_DIGITS = 20
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
# Units per second -> smallest number that is read in this unit, without a schema; smaller ones are milliseconds.
_SMALLEST = {1_000_000_000: 10**17, 1_000_000: 10**14}


def debezium_rows(
    lines: DataFrame,
    names: Sequence[str],
    *,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    semantic_types: Mapping[str, str],
) -> DataFrame:
    """Rows of `lines` (line, source_file), one per change event.

    A line that is no event is malformed; an empty event, such as the Kafka tombstone after a delete, gives no row.
    `columns` maps target to event fields, `types` has the target types, `semantic_types` those in the event schema.
    """
    schema = StructType()
    for name in types:
        schema = schema.add(columns[name], "string")
    parsed = _events(lines).withColumn("fields", F.from_json("row", schema))
    control = {RAW_OP.name: F.col("op"), COMMIT_TS.name: _commit_time(), CHANGE_SEQ.name: _log_position()}
    values = {
        name: _value(F.col("fields").getField(columns[name]), kind, semantic_types.get(columns[name], ""))
        for name, kind in types.items()
    }
    selected = {**values, **control}
    return parsed.select(
        *(selected.get(name, F.lit(None).cast("string")).alias(name) for name in names),
        "source_file",
        F.col("line").alias("raw_line"),
        (~F.col("is_event") | (F.col("fields").isNull() & ~F.coalesce(F.col("op") == "t", F.lit(False)))).alias(
            "malformed"
        ),
        *(["row_no"] if "row_no" in lines.columns else []),
    )


def type_of(field: Mapping[str, Any]) -> str:
    """The Spark type of a field in the schema of an event; string for any other type."""
    semantic_type, parameters = field.get("name"), field.get("parameters", {})
    if semantic_type in _DAYS:
        return "date"
    if semantic_type in _UNITS or semantic_type == _WITH_ZONE:
        return "timestamp"
    if semantic_type == _DECIMAL:
        return f"decimal({parameters.get('connect.decimal.precision', 38)},{parameters.get('scale', 0)})"
    return _TYPES.get(field["type"], "string") if isinstance(field["type"], str) else "string"


def semantic_type_of(field: Mapping[str, Any]) -> str:
    """The semantic type of a field in the schema of an event; for a decimal with its scale."""
    scale = field.get("parameters", {}).get("scale")
    return f"{field['name']} {scale}" if scale is not None else str(field["name"])


def event_fields(lines: DataFrame) -> DataFrame:
    """The fields of the event rows. *Grain:* one row per `name`, with its first `place` in a row.

    `is_placed` tells whether every event with the field has its position in the log of the source.
    """
    fields = _events(lines).select(
        F.posexplode(F.json_object_keys("row")).alias("place", "name"), _log_position().isNotNull().alias("is_placed")
    )
    return (
        fields.filter("name NOT LIKE '\\_\\_%'")
        .groupBy("name")
        .agg(F.min("place").alias("place"), F.min("is_placed").alias("is_placed"))
    )


def _events(lines: DataFrame) -> DataFrame:
    """The non-empty lines, with the `body`, `op` and `row` of their event.

    `is_nested` tells a nested event from a flattened one, `is_event` whether the line is a JSON object at all.
    """
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
    is_empty = F.trim("line").isin("", "null") | (has_envelope & payload.isNull())
    return bodies.filter(~is_empty).withColumns(
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
    """The commit time of the source; without one, the time of the event."""
    source_ts = _at("$.source.ts_ms")
    nested = F.when(F.col("is_nested"), F.coalesce(F.when(source_ts != "0", source_ts), _at("$.ts_ms")))
    flat = F.coalesce(_at("$.__source_ts_ms"), _at("$.__ts_ms"))
    return _instant(F.coalesce(nested, flat), 1_000)


def _log_position() -> Column:
    """The position in the log of MySQL (file, position, row), PostgreSQL, SQL Server, Oracle or MongoDB."""
    of_mysql = F.concat_ws(
        " ",
        _source_field("file"),
        _zero_padded(_source_field("pos")),
        _zero_padded(F.coalesce(_source_field("row"), F.lit("0"))),
    )
    of_mssql = F.concat_ws(
        " ", _source_field("commit_lsn"), _source_field("change_lsn"), _zero_padded(_source_field("event_serial_no"))
    )
    return F.coalesce(
        F.when(_source_field("pos").isNotNull(), of_mysql),
        _zero_padded(_source_field("lsn")),
        F.when(_source_field("commit_lsn").isNotNull(), of_mssql),
        _zero_padded(_source_field("scn")),
        _zero_padded(_source_field("ord")),
    )


def _source_field(name: str) -> Column:
    return F.coalesce(_at(f"$.source.{name}"), _at(f"$.__source_{name}"), _at(f"$.__{name}"))


def _zero_padded(text: Column) -> Column:
    return F.lpad(text, _POSITION_DIGITS, "0")


def _value(text: Column, kind: str, semantic_type: str) -> Column:
    """The value as text, as in a CSV file."""
    is_integer = text.rlike(r"\A-?\d{1,19}\z")
    if kind == "date" and (semantic_type in _DAYS or not semantic_type):
        return F.when(
            is_integer, F.date_add(F.lit("1970-01-01").cast("date"), text.cast("int")).cast("string")
        ).otherwise(text)
    if kind == "timestamp" and (semantic_type in _UNITS or not semantic_type):
        return F.when(is_integer, _instant(text, _UNITS[semantic_type]) if semantic_type else _by_size(text)).otherwise(
            F.regexp_replace(text, "T", " ")
        )
    if semantic_type.startswith(_DECIMAL):
        return _decimal(text, int(semantic_type.rpartition(" ")[2]))
    return plain_number(text) if kind.startswith("decimal") else text


def _by_size(text: Column) -> Column:
    size = F.abs(text.cast("decimal(20,0)"))
    nano, micro = _SMALLEST
    return (
        F.when(size >= _SMALLEST[nano], _instant(text, nano))
        .when(size >= _SMALLEST[micro], _instant(text, micro))
        .otherwise(_instant(text, 1_000))
    )


def _instant(text: Column, unit: int) -> Column:
    """The instant that many units after 1970, as text."""
    micros = F.floor(text.cast("decimal(30,0)") * F.lit(1_000_000) / F.lit(unit)).cast("long")
    return F.timestamp_micros(micros).cast("string")


def _decimal(text: Column, scale: int) -> Column:
    """A decimal from its unscaled value: big-endian two's complement bytes in base64."""
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
    return (
        F.concat(
            sign, F.regexp_replace(_left_padded(F.abs(number).cast("string"), scale + 1), rf"(\d{{{scale}}})\z", ".$1")
        )
        if scale
        else number.cast("string")
    )


def _left_padded(text: Column, least: int) -> Column:
    return F.when(F.length(text) < least, F.lpad(text, least, "0")).otherwise(text)
