"""Read changes in JSON as rows of a raw table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from transforms.change_data.debezium import has_decimals, value_as_text
from transforms.change_data.json_envelopes import (
    DELETED,
    FLATTENED,
    PLAIN,
    commit_time,
    enveloped_changes,
    log_position,
    log_server,
    milliseconds,
    schema_id,
    table_name,
)
from transforms.change_data.json_numbers import plain_numbers
from transforms.change_data.key_changes import OLD
from transforms.change_data.parse_changes import LOAD_FILE, NO_OP

# The fields that Debezium adds to a flattened row: without a prefix, and after it.
_ADDED = ("op", "ts_ms", "source_ts_ms")
_ADDED_AFTER_PREFIX = (
    *(*_ADDED, "ts_us", "ts_ns", "deleted", "version", "connector", "name", "snapshot", "db", "sequence", "schema"),
    *("table", "collection", "txId", "lsn", "xmin", "server_id", "gtid", "file", "pos", "row", "thread", "query"),
    *("change_lsn", "commit_lsn", "event_serial_no", "scn", "commit_scn", "rs_id", "ssn", "redo_thread"),
    *("user_name", "row_id", "ord", "h", "tord", "rs", "stxnid", "lsid", "txnNumber", "wallTime"),
    *("origin", "origin_lsn", "lcr_position"),
)


def json_changes(
    lines: DataFrame,
    names: Sequence[str],
    *,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    semantic_types: Mapping[str, Mapping[str, Collection[int]]],
    old_keys: Sequence[str] = (),
    named: Collection[str] = (),
    has_op: bool = True,
) -> DataFrame:
    """Rows of `lines` (line, source_file), one per change, without control records.

    A line that is no JSON object is malformed. `columns` maps target columns to fields, `types` has the target types,
    for `semantic_types` see kafka_connect_schemas. Plain objects have their operation, time and position in `columns`;
    those that are `named` take precedence over an envelope. Without `has_op` all plain objects are rows of a full load.
    Adds the `old_keys` of an update as `_old_<key>`, from the row before it or from columns.
    """
    old = [f"{OLD}{key}" for key in old_keys]
    read = {name: columns[name] for name in (*types, *names, *old) if name in columns}
    parsed = _found_changes(lines, semantic_types).withColumn("fields", F.from_json("row", _text_fields(read.values())))
    if old_keys:
        parsed = parsed.withColumn("before", F.from_json("before", _text_fields(read[key] for key in old_keys)))

    def value(image: str, name: str) -> Column:
        kind, field = types.get(name, "string"), read[name]
        return _by_schema(F.col(image).getField(field), kind, semantic_types.get(field, {"": ()}))

    values, none = {name: value("fields", name) for name in read}, F.lit(None).cast("string")
    selected = {**values, **_control(values, named, has_op=has_op)}
    return parsed.select(
        *(selected.get(name, none).alias(name) for name in names),
        *(F.coalesce(value("before", key), values.get(f"{OLD}{key}", none)).alias(f"{OLD}{key}") for key in old_keys),
        "source_file",
        F.col("line").alias("raw_line"),
        _is_malformed().alias("malformed"),
        *(["row_no"] if "row_no" in lines.columns else []),
    )


def _found_changes(lines: DataFrame, semantic_types: Mapping[str, Mapping[str, Any]]) -> DataFrame:
    """The changes without control records, with the id of their schema if a field has several semantic types.

    If a field has decimals, all numbers are marked.
    """
    has_several = any(len(ids) > 1 for ids in semantic_types.values())
    with_id = lines.withColumn("schema_id", schema_id()) if has_several else lines
    is_marked = any(map(has_decimals, semantic_types.values()))
    return enveloped_changes(with_id, has_marked_integers=is_marked).filter("NOT is_control")


def _by_schema(json: Column, kind: str, semantic_types: Mapping[str, Collection[int]]) -> Column:
    """A value as text. Of several semantic types, each has the ids of the schemas that say so."""
    values = {name: value_as_text(json, kind, name) for name in semantic_types}
    if len(values) == 1:
        return next(iter(values.values()))
    cases = (F.when(F.col("schema_id").isin(*semantic_types[name]), value) for name, value in values.items())
    return F.coalesce(*cases, plain_numbers(json))


def _is_malformed() -> Column:
    """Whether a line has no object, or a change other than a truncate has no row."""
    is_truncate = F.coalesce(F.col("op").isin("t", "truncate"), F.lit(False))
    return F.col("form").isNull() | (F.col("fields").isNull() & ~is_truncate)


def change_fields(lines: DataFrame) -> DataFrame:
    """The fields of the changed rows. *Grain:* one row per `name`, with its first `place` in a row.

    The row without a name counts the control records in `records`.

    `forms` are those of the changes with the field, `paths` their files, `tables` the names of the tables that they are
    of. `is_placed` tells whether each event has its position in the log of the source (NULL without an event),
    `has_before` whether one has the row before an update, `tells_delete` whether one is a delete, or a flattened event
    that says that it is none. `servers` are those of each binlog `file` and source_file, see log_server.
    """
    names = F.when(F.col("is_control"), F.array(F.lit(None).cast("string"))).otherwise(F.json_object_keys("row"))
    fields = enveloped_changes(lines).select(
        "prefix",
        F.posexplode(names).alias("place", "name"),
        F.when(F.col("form") != PLAIN, log_position().isNotNull()).alias("is_placed"),
        F.coalesce((F.col("op") == "d") | F.col("flat")[DELETED].isNotNull(), F.lit(False)).alias("tells_delete"),
        "form",
        "source_file",
        F.startswith(F.coalesce("before", F.lit("")), F.lit("{")).alias("has_before"),
        table_name().alias("table"),
        log_server().alias("server"),
    )
    has_server = F.col("server").isNotNull()
    return (
        fields.filter(~F.coalesce(_is_added(), F.lit(False)))
        .groupBy("name")
        .agg(
            F.min("place").alias("place"),
            F.count("*").alias("records"),
            F.collect_set("form").alias("forms"),
            F.collect_set("source_file").alias("paths"),
            F.collect_set("table").alias("tables"),
            F.collect_set(F.when(has_server, F.struct("server.*", "source_file"))).alias("servers"),
            F.min("is_placed").alias("is_placed"),
            *(F.max(flag).alias(flag) for flag in ("has_before", "tells_delete")),
        )
    )


def server_ranges(lines: DataFrame) -> DataFrame:
    """What each server wrote into a binlog file. *Grain:* one row per `file` and `server`.

    `path` is the change file with its first change. `first_place` and `last_place` are positions as of log_position,
    `first_ms` and `last_ms` commit times in ms since 1970. Changes without a server or a time are left out.
    """
    changes = (
        enveloped_changes(lines)
        .filter("NOT is_control")
        .select("source_file", log_server().alias("one"), log_position().alias("place"), milliseconds().alias("ms"))
        .select("source_file", "one.*", "place", "ms")
    )
    time = F.when(F.col("ms").rlike(r"\A\d{1,18}\z"), F.col("ms").cast("bigint"))
    timed = changes.withColumn("ms", time).filter("server IS NOT NULL AND ms IS NOT NULL")
    return timed.groupBy("file", "server").agg(
        F.min(F.struct("ms", "source_file"))["source_file"].alias("path"),
        F.min("place").alias("first_place"),
        F.max("place").alias("last_place"),
        F.min("ms").alias("first_ms"),
        F.max("ms").alias("last_ms"),
    )


def _is_added() -> Column:
    """Whether Debezium added the field `name` to a flattened row. Columns may begin with the same letters."""
    rest = F.when(F.startswith("name", "prefix"), F.substr("name", F.length("prefix") + 1))
    is_known = rest.isin(*_ADDED_AFTER_PREFIX) | rest.rlike(r"\A(source|transaction)_")
    is_added = F.when(F.col("prefix") == "", rest.isin(*_ADDED)).otherwise(is_known)
    return F.col("prefix").isNotNull() & ((F.col("name") == DELETED) | is_added)


def _control(values: Mapping[str, Column], named: Collection[str], *, has_op: bool) -> dict[str, Column]:
    """Operation, commit time and position of a change: from named fields, its envelope, or known fields of the row."""
    is_plain, none = F.col("form") == PLAIN, F.lit(None).cast("string")
    own = {name: values.get(name, none) for name in (RAW_OP.name, COMMIT_TS.name, CHANGE_SEQ.name)}
    # A flattened event may tell only whether the row was deleted.
    upsert = F.when(F.col("form") == FLATTENED, "u")
    is_unknown = is_plain & F.lit(has_op) & ~F.col("source_file").rlike(rf"(?i){LOAD_FILE}")
    own[RAW_OP.name] = F.when(F.trim(own[RAW_OP.name]) != "", own[RAW_OP.name])
    enveloped = {
        RAW_OP.name: F.col("op"),
        COMMIT_TS.name: commit_time(),
        CHANGE_SEQ.name: log_position(),
    }
    found = {
        name: F.coalesce(own[name], value) if name in named else F.coalesce(value, own[name])
        for name, value in enveloped.items()
    }
    found[RAW_OP.name] = F.coalesce(found[RAW_OP.name], upsert, F.when(is_unknown, NO_OP))
    return found


def _text_fields(fields: Iterable[str]) -> StructType:
    schema = StructType()
    for field in dict.fromkeys(fields):
        schema = schema.add(field, "string")
    return schema
