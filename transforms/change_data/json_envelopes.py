"""Find the change in a JSON object: a plain object, DMS's envelope, or a Debezium event, nested or flattened."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.raw_rows import without_lone_surrogates

NESTED, FLATTENED, DMS, PLAIN = "nested", "flattened", "dms", "plain"
_POSITION_DIGITS = 20
_DELETED = "__deleted"
_DEFAULT_PREFIX = "__"
# One of these fields beside that of the operation, after the same prefix, tells a flattened event.
_BESIDE_OP = ("source_ts_ms", "ts_ms", "deleted")


def enveloped_changes(lines: DataFrame) -> DataFrame:
    """The `lines` that may hold a change. *Grain:* one row per line.

    Adds its `form` (NULL if the line is no JSON object), the `body` without Kafka Connect's schema, `op` (NULL in a
    plain object), `row` and, where an update has one, the row `before` it. Of a flattened event, `flat` are its fields
    and `prefix` begins those that Debezium added.
    Left out are empty lines and Kafka's tombstones. `is_control` marks control records, which are no changes:
    heartbeats, transactions, schema changes, messages.
    """
    text = without_lone_surrogates(F.col("line"))
    payload = F.get_json_object(text, "$.payload")
    has_schema = F.coalesce(
        F.sort_array(F.json_object_keys(text)) == F.array(F.lit("payload"), F.lit("schema")), F.lit(False)
    )
    bodies = lines.withColumn("body", F.when(has_schema, payload).otherwise(text))
    is_empty = F.trim("line").isin("", "null") | (has_schema & payload.isNull())
    changes = bodies.filter(~is_empty).withColumn("keys", F.when(_is_one_object(), F.json_object_keys("body")))
    changes = changes.withColumn("prefix", _prefix()).withColumn("form", _form())
    changes = changes.withColumn("flat", F.when(F.col("form") == FLATTENED, F.from_json("body", "map<string,string>")))
    changes = changes.withColumn("op", _op()).withColumn("is_control", F.coalesce(_is_control(), F.lit(False)))
    return changes.withColumns({"row": _row(), "before": _before()}).drop("keys")


def commit_time(instant_of_ms: Column, form: Column) -> Column:
    """The commit time of an event as text: Debezium's `instant_of_ms`, or that of DMS."""
    of_dms = F.coalesce(_at("$.metadata.commit-timestamp"), _at("$.metadata.timestamp"))
    return F.when(form == DMS, of_dms).otherwise(instant_of_ms)


def milliseconds() -> Column:
    """The commit time of a Debezium event in ms since 1970, as text; without one, the time of the event."""
    source_ts = _at("$.source.ts_ms")
    nested = F.when(F.col("form") == NESTED, F.coalesce(F.when(source_ts != "0", source_ts), _at("$.ts_ms")))
    return F.coalesce(nested, _flat("source_ts_ms"), _flat("ts_ms"))


def log_position() -> Column:
    """The position in the log of MySQL (file, position, row), PostgreSQL, SQL Server, Oracle or MongoDB, as text."""
    of_mysql = F.concat_ws(
        " ",
        _log_file(_source_field("file")),
        _zero_padded(_source_field("pos")),
        _zero_padded(F.coalesce(_source_field("row"), F.lit("0"))),
    )
    of_mssql = F.concat_ws(
        " ", _source_field("commit_lsn"), _source_field("change_lsn"), _zero_padded(_source_field("event_serial_no"))
    )
    # `ord` counts within a second of the log.
    of_mongodb = F.when(
        _source_field("ord").isNotNull(),
        F.concat_ws(" ", _zero_padded(milliseconds()), _zero_padded(_source_field("ord"))),
    )
    return F.coalesce(
        F.when(_source_field("pos").isNotNull(), of_mysql),
        _zero_padded(_source_field("lsn")),
        F.when(_source_field("commit_lsn").isNotNull(), of_mssql),
        _zero_padded(_source_field("scn")),
        of_mongodb,
    )


def table_name() -> Column:
    """The table that a change is of. *Nulls:* NULL in a plain object."""
    return F.coalesce(_source_field("table"), _at("$.metadata.table-name"))


def _is_one_object() -> Column:
    """Whether a line has one JSON value: some streams write objects without a line break between them."""
    may_be_several = F.col("body").rlike(r"\}\s*\{")
    values = F.from_json(F.concat(F.lit("["), F.col("body"), F.lit("]")), "array<string>")
    return ~may_be_several | (F.size(values) == 1)


def _prefix() -> Column:
    """What begins the fields that Debezium added to a flattened row. *Nulls:* NULL if there are none."""

    def prefix_of(key: Column) -> Column:
        return key.substr(F.lit(1), F.length(key) - 2)

    def is_op(key: Column) -> Column:
        beside = F.array(*(F.concat(prefix_of(key), F.lit(name)) for name in _BESIDE_OP), F.lit(_DELETED))
        return F.endswith(key, F.lit("op")) & F.arrays_overlap(F.col("keys"), beside)

    default = F.array(*(F.lit(name) for name in (_DELETED, "__ts_ms", "__source_ts_ms")))
    prefixes = F.transform(F.filter("keys", is_op), prefix_of)
    return F.coalesce(F.try_element_at(prefixes, F.lit(1)), F.when(F.arrays_overlap("keys", default), _DEFAULT_PREFIX))


def _form() -> Column:
    return (
        F.when(_at("$.op").isNotNull() & F.startswith(_at("$.source"), F.lit("{")), NESTED)
        .when(
            F.array_contains("keys", "metadata")
            & F.coalesce(_at("$.metadata.operation"), _at("$.metadata.record-type")).isNotNull(),
            DMS,
        )
        .when(F.col("prefix").isNotNull(), FLATTENED)
        .when(F.col("keys").isNotNull(), PLAIN)
    )


def _op() -> Column:
    form = F.col("form")
    is_deleted = F.coalesce(F.col("flat")[_DELETED], _flat("deleted"))
    # DMS reports a truncate as a change of the schema.
    of_dms = F.regexp_replace(F.lower(_at("$.metadata.operation")), r"\Atruncate-table\z", "truncate")
    return (
        F.when(form == NESTED, _at("$.op"))
        .when(form == DMS, of_dms)
        .when(form == FLATTENED, F.coalesce(F.when(is_deleted == "true", "d"), _flat("op")))
    )


def _is_control() -> Column:
    def has(key: str) -> Column:
        return F.array_contains("keys", key)

    transaction = F.array(*(F.lit(key) for key in ("status", "id", "event_count", "data_collections", "ts_ms")))
    is_heartbeat = F.col("keys") == F.array(F.lit("ts_ms"))
    is_transaction = has("status") & has("event_count") & (F.size(F.array_except("keys", transaction)) == 0)
    is_schema_change = has("ddl") & (has("databaseName") | has("tableChanges"))
    return (
        F.when(F.col("form") == NESTED, F.col("op") == "m")
        .when(F.col("form") == DMS, (_at("$.metadata.record-type") != "data") & ~F.col("op").eqNullSafe("truncate"))
        .when(F.col("form") == PLAIN, is_heartbeat | is_transaction | is_schema_change)
    )


def _row() -> Column:
    of_nested = F.when(F.col("op") == "d", _at("$.before")).otherwise(_at("$.after"))
    of_dms = F.coalesce(_at("$.data"), _at("$.before-image"))
    return F.when(F.col("form") == NESTED, of_nested).when(F.col("form") == DMS, of_dms).otherwise(F.col("body"))


def _before() -> Column:
    return F.when((F.col("form") == NESTED) & (F.col("op") == "u"), _at("$.before")).when(
        (F.col("form") == DMS) & (F.col("op") == "update"), _at("$.before-image")
    )


def _flat(name: str) -> Column:
    """A field that Debezium added to a flattened row."""
    return F.try_element_at("flat", F.concat("prefix", F.lit(name)))


def _at(path: str) -> Column:
    return F.get_json_object("body", path)


def _source_field(name: str) -> Column:
    return F.coalesce(_at(f"$.source.{name}"), _flat(f"source_{name}"), _flat(name))


def _log_file(name: Column) -> Column:
    """The name of a binlog file as text that sorts by its number: MySQL counts beyond 999999 with more digits."""
    return F.regexp_replace(name, r"\.(\d{7})\z", ".a$1")


def _zero_padded(text: Column) -> Column:
    return F.lpad(text, _POSITION_DIGITS, "0")
