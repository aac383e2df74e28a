"""Find the change in a JSON object: a plain object, DMS's envelope, or a Debezium event, nested or flattened."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.change_data.debezium import instant
from transforms.change_data.json_lines import is_one_object
from transforms.change_data.json_numbers import plain_numbers, with_quoted_numbers
from transforms.change_data.log_places import sortable_binlog, zero_padded
from transforms.raw_rows import without_lone_surrogates

NESTED, FLATTENED, DMS, PLAIN = "nested", "flattened", "dms", "plain"
# A record of Kafka without a value.
TOMBSTONE = "tombstone"
DELETED = "__deleted"
_DEFAULT_PREFIX, _DEFAULT_FIELDS = "__", ("__op", "__ts_ms", "__source_ts_ms")
# One of these fields beside that of the operation, after the same prefix, tells a flattened event.
_BESIDE_OP, _CODES = ("source_ts_ms", "ts_ms"), ("c", "u", "d", "r", "t", "m")
# Without a prefix `op` and `ts_ms` may be columns of any feed, also of a row that Debezium marks as deleted or not.
_BESIDE_BARE_OP = ("source_ts_ms",)
# Of the time at the source that flattened events may have -> units per second. Nested ones have a position.
_FINER_UNITS = {"ns": 1_000_000_000, "us": 1_000_000}
# The fields of a transaction of Debezium, and of DMS's envelope.
_OF_TRANSACTION = ("status", "id", "event_count", "data_collections", "ts_ms")
_OF_DMS = ("data", "before-image", "control", "metadata")


def enveloped_changes(lines: DataFrame, *, has_marked_integers: bool = False) -> DataFrame:
    """The `lines` that may hold a change. *Grain:* one row per line.

    Adds its `form` (NULL if the line is no JSON object), the `body` without Kafka Connect's schema, `op` (NULL in a
    plain object), `row` and, where an update has one, the row `before` it. Of a flattened event, `flat` are its fields
    and `prefix` begins those that Debezium added.
    Empty lines are left out. `is_control` marks control records, which are no changes: heartbeats, transactions, schema
    changes, messages, tombstones. For the numbers in `row`, `before` and `flat` see json_numbers.
    """
    text = with_quoted_numbers(without_lone_surrogates(F.col("line")), is_whole_too=has_marked_integers)
    payload = F.get_json_object(text, "$.payload")
    has_schema = _has_schema(text)
    bodies = lines.withColumn("body", F.when(has_schema, payload).otherwise(text))
    changes = bodies.filter(F.trim("line") != "").withColumn(
        "keys", F.when(is_one_object(text), F.json_object_keys("body"))
    )
    changes = changes.withColumn("prefix", _prefix()).withColumn("form", _form())
    changes = changes.withColumn("flat", F.when(F.col("form") == FLATTENED, F.from_json("body", "map<string,string>")))
    changes = changes.withColumn("op", _op()).withColumn("is_control", F.coalesce(_is_control(), F.lit(False)))
    found = ("body", "prefix", "form", "flat", "op", "is_control")
    # Spark copies the expressions of a column into each filter on it, here hundreds of times over, but not past this.
    return changes.select(
        *lines.columns,
        F.inline(F.array(F.struct(*found, _row().alias("row"), _before().alias("before")))),
    )


def op_of_flag(is_deleted: Column) -> Column:
    """The operation of a flattened event that tells only whether its row was deleted."""
    return F.when(F.lower(F.trim(is_deleted)) == "true", "d").otherwise("u")


def schema_text() -> Column:
    """The schema that Kafka Connect added to the event in `line`. *Nulls:* NULL if it added none."""
    return F.when(_has_schema(F.col("line")), F.get_json_object("line", "$.schema"))


def schema_id() -> Column:
    """A number that tells schemas apart."""
    return F.xxhash64(schema_text())


def commit_time() -> Column:
    """The commit time of an event as text: the finest of Debezium, or that of DMS."""
    of_dms = F.coalesce(_at("$.metadata.commit-timestamp"), _at("$.metadata.timestamp"))
    finer = [instant(_flat(f"source_ts_{unit}"), per_second) for unit, per_second in _FINER_UNITS.items()]
    return F.when(F.col("form") == DMS, of_dms).otherwise(F.coalesce(*finer, instant(milliseconds(), 1_000)))


def milliseconds() -> Column:
    """The commit time of a Debezium event in ms since 1970, as text; without one, the time of the event."""
    source_ts = _at("$.source.ts_ms")
    nested = F.when(F.col("form") == NESTED, F.coalesce(F.when(source_ts != "0", source_ts), _at("$.ts_ms")))
    return F.coalesce(nested, _flat("source_ts_ms"), _flat("ts_ms"))


def log_position() -> Column:
    """The position in the log of MySQL (file, position, row), PostgreSQL, SQL Server, Oracle or MongoDB, as text."""
    of_mysql = F.concat_ws(
        " ",
        sortable_binlog(_source_field("file")),
        zero_padded(_source_field("pos")),
        zero_padded(F.coalesce(_source_field("row"), F.lit("0"))),
    )
    of_mssql = F.concat_ws(
        " ", _source_field("commit_lsn"), _source_field("change_lsn"), zero_padded(_source_field("event_serial_no"))
    )
    # Changes of a transaction may have one SCN; those of a record of the redo log are counted. XStream counts changes.
    redo = (_source_field("rs_id"), _source_field("lcr_position"), zero_padded(_source_field("ssn")))
    of_oracle = F.when(_source_field("scn").isNotNull(), F.concat_ws(" ", zero_padded(_source_field("scn")), *redo))
    # Positions count within a file of the log. Rows of an incremental snapshot may have none.
    has_place = (_source_field("file") != "") & _source_field("pos").isNotNull()
    # `ord` counts within a second of the log, and is that of a transaction for all of its changes.
    in_transaction = F.coalesce(
        _source_field("tord"), F.when(F.col("form") == NESTED, _at("$.transaction.total_order"))
    )
    of_mongodb = F.when(
        _source_field("ord").isNotNull(),
        F.concat_ws(" ", *map(zero_padded, (milliseconds(), _source_field("ord"), in_transaction))),
    )
    return F.coalesce(
        F.when(has_place, of_mysql),
        zero_padded(_source_field("lsn")),
        F.when(_source_field("commit_lsn").isNotNull(), of_mssql),
        of_oracle,
        of_mongodb,
    )


def log_server() -> Column:
    """The binlog `file` of a change, and the `server` whose transaction it is, by its GTID or the id of the server.

    *Nulls:* NULL if one of the two is not known, and for rows of a full load.
    """
    gtid, server_id, file = (_source_field(name) for name in ("gtid", "server_id", "file"))
    server = F.coalesce(
        F.when(gtid != "", F.regexp_replace(gtid, r"[:-]\d+\z", "")), F.when(server_id != "0", server_id)
    )
    is_known = (file != "") & server.isNotNull() & (F.col("op") != "r")
    return F.when(is_known, F.struct(file.alias("file"), server.alias("server")))


def table_name() -> Column:
    """The table that a change is of, with its database and schema where they are given. *Nulls:* in a plain object."""
    table = F.coalesce(_source_field("table"), _source_field("collection"))
    of_source = F.when(table.isNotNull(), F.concat_ws(".", _source_field("db"), _source_field("schema"), table))
    dms_table = F.when(F.col("form") == DMS, _at("$.metadata.table-name"))
    of_dms = F.when(dms_table.isNotNull(), F.concat_ws(".", _at("$.metadata.schema-name"), dms_table))
    return F.coalesce(of_source, of_dms)


def _has_schema(text: Column) -> Column:
    # A row may have a column called schema.
    envelope = F.array(F.lit("payload"), F.lit("schema"))
    return F.coalesce(F.sort_array(F.json_object_keys(text)) == envelope, F.lit(False))


def _prefix() -> Column:
    """What begins the fields that Debezium added to a flattened row. *Nulls:* NULL if there are none."""

    def prefix_of(key: Column) -> Column:
        return key.substr(F.lit(1), F.length(key) - 2)

    def is_op(key: Column) -> Column:
        prefixed = F.array(*(F.concat(prefix_of(key), F.lit(name)) for name in _BESIDE_OP))
        beside = F.when(key == "op", F.array(*map(F.lit, _BESIDE_BARE_OP))).otherwise(prefixed)
        code = F.call_function("get_json_object", F.col("body"), F.concat(F.lit("$['"), key, F.lit("']")))
        # A row may have columns such as last_op and last_ts_ms.
        is_code = (key == "op") | code.isin(*_CODES)
        return F.endswith(key, F.lit("op")) & F.arrays_overlap(F.col("keys"), beside) & is_code

    default = F.when(F.arrays_overlap("keys", F.array(*map(F.lit, _DEFAULT_FIELDS))), _DEFAULT_PREFIX)
    # The row may have a column `op` of its own: no prefix comes last.
    prefixes = F.sort_array(F.transform(F.filter("keys", is_op), prefix_of), asc=False)
    return F.coalesce(default, F.try_element_at(prefixes, F.lit(1)), F.when(_has(DELETED), _DEFAULT_PREFIX))


def _form() -> Column:
    # A row may have columns called source or metadata.
    has_image = _has("after") | _has("before") | _at("$.op").isin("t", "m")
    has_operation = F.coalesce(_at("$.metadata.operation"), _at("$.metadata.record-type")).isNotNull()
    is_tombstone = F.coalesce(F.trim("body"), F.lit("null")) == "null"
    return (
        F.when(is_tombstone, TOMBSTONE)
        .when(_at("$.op").isNotNull() & _has_source() & has_image, NESTED)
        .when(_has_only(*_OF_DMS) & has_operation, DMS)
        .when(F.col("prefix").isNotNull(), FLATTENED)
        .when(F.col("keys").isNotNull(), PLAIN)
    )


def _op() -> Column:
    form = F.col("form")
    is_deleted = F.col("flat")[DELETED]
    # DMS reports a truncate as a change of the schema.
    of_dms = F.regexp_replace(F.lower(_at("$.metadata.operation")), r"\Atruncate-table\z", "truncate")
    return (
        F.when(form == NESTED, _at("$.op"))
        .when(form == DMS, of_dms)
        .when(form == FLATTENED, F.coalesce(F.when(is_deleted == "true", "d"), _flat("op")))
    )


def _is_control() -> Column:
    is_heartbeat = F.col("keys") == F.array(F.lit("ts_ms"))
    # A row may have columns called status, id and event_count.
    has_fields = _has("event_count") & _has("data_collections") & _has_only(*_OF_TRANSACTION)
    is_transaction = _at("$.status").isin("BEGIN", "END") & has_fields
    is_schema_change = _has_source() & _has("ddl") & (_has("databaseName") | _has("tableChanges"))
    return (
        F.when(F.col("form") == TOMBSTONE, F.lit(True))
        .when(F.col("form") == NESTED, F.col("op") == "m")
        .when(F.col("form") == DMS, (_at("$.metadata.record-type") != "data") & ~F.col("op").eqNullSafe("truncate"))
        .when(F.col("form") == PLAIN, is_heartbeat | is_transaction | is_schema_change)
    )


def _row() -> Column:
    of_nested = F.when(F.col("op") == "d", _image("before")).otherwise(_image("after"))
    of_dms = F.coalesce(_image("data"), _image("before-image"))
    return F.when(F.col("form") == NESTED, of_nested).when(F.col("form") == DMS, of_dms).otherwise(F.col("body"))


def _before() -> Column:
    return F.when((F.col("form") == NESTED) & (F.col("op") == "u"), _image("before")).when(
        (F.col("form") == DMS) & (F.col("op") == "update"), _image("before-image")
    )


def _image(name: str) -> Column:
    """A row of the change, whose numbers stay marked."""
    return F.get_json_object("body", f"$.{name}")


def _has(key: str) -> Column:
    return F.array_contains("keys", key)


def _has_only(*names: str) -> Column:
    return F.size(F.array_except("keys", F.array(*map(F.lit, names)))) == 0


def _has_source() -> Column:
    """Whether the object tells the source of the change as Debezium does."""
    return F.startswith(_at("$.source"), F.lit("{"))


def _flat(name: str) -> Column:
    """A field that Debezium added to a flattened row."""
    return plain_numbers(F.try_element_at("flat", F.concat("prefix", F.lit(name))))


def _at(path: str) -> Column:
    return plain_numbers(F.get_json_object("body", path))


def _source_field(name: str) -> Column:
    """*Nulls:* NULL in a plain object and in DMS's envelope, whose `source` is a column."""
    of_nested = F.when(F.col("form") == NESTED, _at(f"$.source.{name}"))
    # A short name without a prefix is a column of the row.
    return F.coalesce(of_nested, _flat(f"source_{name}"), F.when(F.col("prefix") != "", _flat(name)))
