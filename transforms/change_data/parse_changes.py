"""Parse delivered changes into typed rows with their problems."""

from datetime import datetime
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource
from schemas.widening import INTEGERS
from transforms.change_data.change_order import sequence
from transforms.change_data.exact_texts import date_of_midnight, plain_number, readable_time
from transforms.change_data.file_order import file_time
from transforms.change_data.key_changes import OLD, with_old_keys
from transforms.problems import problems
from transforms.values import has_broken_text, parse_value

NO_OP = "(none)"  # no feed has it, so that the change is `unknown_op`
# The path of a file of DMS's full load.
LOAD_FILE = r"/LOAD[0-9A-F]{8}\.[^/]*$"
# What a database may have in a column of floats.
_FLOATS, _NO_NUMBER = ("float", "double"), r"\A(NaN|[+-]?Infinity)\z"
_LINE_COLUMNS = ("source_file", "raw_line", "malformed")


def typed_changes(raw: DataFrame, source: CdcSource, *, load_ts: datetime | None) -> DataFrame:
    """Every delivered change with its typed values, `_op`, `_seq`, `problems` and `remarks`.

    *Grain:* one row per delivered change, plus a derived delete (`is_derived`) where the feed has the old key as
    `_old_<key>` and an update changed it. `raw` may have `row_no`, the position of the change in its file, and
    `_unchanged`, the columns that it left as they were. The remark `empty_field` marks rejected changes with an empty
    text in a column of another type, `key_change` updates of the key, `moved_insert` other rows with another old key.
    *Nulls:* `_unchanged` is NULL where a change set every column.
    """
    names, old = source.names, [f"{OLD}{name}" for name in source.key]
    has_old = not {*old}.isdisjoint(raw.columns)
    typed = _exact_texts(raw, source).select(
        *(_value(name, source).alias(name) for name in names),
        *(_old_value(raw, name, source).alias(f"{OLD}{name}") for name in source.key if has_old),
        _op(source).alias("_op"),
        _commit_ts(source).alias(COMMIT_TS.name),
        *(name for name in source.raw.names if name not in (*names, RAW_OP.name, COMMIT_TS.name)),
        _non_null_flags(source).alias("_given"),
        has_broken_text("_text").alias("has_broken_text"),
        *_flags(raw, source),
        _unchanged(raw, source).alias("_unchanged"),
        _has_time(source).alias("has_time"),
        *_LINE_COLUMNS,
        (F.col("row_no") if "row_no" in raw.columns else F.lit(None).cast("long")).alias("row_no"),
    )
    validated = typed.withColumns({SEQ.name: sequence(source, load_ts=load_ts), "problems": _problems(source)})
    changes = validated.select(
        *names,
        *(old if has_old else ()),
        "_op",
        SEQ.name,
        "source_file",
        _readable_line().alias("raw_line"),
        "problems",
        _remarks().alias("remarks"),
        F.lit(False).alias("is_derived"),
        "_unchanged",
        "row_no",
    )
    return with_old_keys(changes, source) if has_old else changes


def _value(name: str, source: CdcSource) -> Column:
    """A column of the source. *Nulls:* NULL also in a delete that is kept as a row, where the text is not readable."""
    kind = source.types[name]
    value = parse_value(name, kind)
    if kind in _FLOATS:
        return F.coalesce(value, F.when(F.col(name).rlike(_NO_NUMBER), F.expr(f"try_cast(`{name}` AS {kind})")))
    if not source.has_soft_deletes or name in source.key or kind != "string":
        return value
    return F.when(~((_op(source) == "D") & has_broken_text(name)), value)


def _old_value(raw: DataFrame, name: str, source: CdcSource) -> Column:
    """A column of the key before the change. *Nulls:* NULL if the feed has only others of the key."""
    kind = source.types[name]
    return parse_value(f"{OLD}{name}", kind) if f"{OLD}{name}" in raw.columns else F.lit(None).cast(kind)


def _flags(raw: DataFrame, source: CdcSource) -> list[Column]:
    return [_has_empty(source).alias("_has_empty"), _has_bad_old_key(raw, source).alias("_has_bad_old_key")]


def _old_types(raw: DataFrame, source: CdcSource) -> dict[str, str]:
    """Column of the key before a change, as far as the feed has it -> its type."""
    return {f"{OLD}{name}": source.types[name] for name in source.key if f"{OLD}{name}" in raw.columns}


def _has_bad_old_key(raw: DataFrame, source: CdcSource) -> Column:
    """Whether the text of a column of the key before the change is not a value of its type."""
    old = _old_types(raw, source).items()
    bad = ((F.col(name) != "") & parse_value(name, kind).isNull() for name, kind in old if kind != "string")
    return F.coalesce(reduce(or_, bad, F.lit(False)), F.lit(False))


def _readable_line() -> Column:
    line = F.col("raw_line")
    return F.when(F.contains(line, F.lit("\0")), F.translate(line, "\0", "\u2400")).otherwise(line)


def _remarks() -> Column:
    is_empty = F.col("_has_empty") & F.exists("problems", lambda problem: problem.startswith("bad_"))
    is_moved = F.col("_op").isin("I", "L") & F.col("_has_bad_old_key")
    found = F.when(is_empty, F.array(F.lit("empty_field"))).when(is_moved, F.array(F.lit("moved_insert")))
    return F.coalesce(found, F.array().cast("array<string>"))


def _exact_texts(raw: DataFrame, source: CdcSource) -> DataFrame:
    """Numbers as plain decimals, dates without a time, and times as text.

    `_text` are the values that a change needs, as they came.
    """
    types = {**source.types, **_old_types(raw, source)}
    numbers = {name: kind for name, kind in types.items() if kind in INTEGERS or kind.startswith("decimal")}
    dates = [name for name, kind in types.items() if kind == "date"]
    needed = [name for name in source.raw.names if name not in source.payload]
    text = F.when(_op(source) == "D", F.concat_ws("", *needed)).otherwise(F.concat_ws("", *source.raw.names))
    return raw.withColumns(
        {
            "_text": text,
            **{name: plain_number(name, is_whole=kind in INTEGERS) for name, kind in numbers.items()},
            **{name: date_of_midnight(name) for name in dates},
            **({COMMIT_TS.name: readable_time(COMMIT_TS.name)} if source.has_commit_ts else {}),
        }
    )


def _unchanged(raw: DataFrame, source: CdcSource) -> Column:
    """The columns that a change left as they were: those of `raw`, and NULLs of an update that are to be ignored."""
    op, none = _op(source), F.lit(None).cast("array<string>")
    unchanged = F.when(op != "D", F.col("_unchanged")) if "_unchanged" in raw.columns else none
    if not source.ignore_null_updates:
        return unchanged
    ignored = F.array_compact(F.array(*(F.when(F.col(name).isNull(), F.lit(name)) for name in source.null_keeps)))
    both = F.array_union(F.coalesce(unchanged, F.array().cast("array<string>")), ignored)
    return F.when((op == "U") & (F.size(both) > 0), both).otherwise(unchanged)


def reject_empty_ops(raw: DataFrame) -> DataFrame:
    """Changes without an operation are `unknown_op`, except in the files of DMS's full load."""
    is_unknown = _is_missing(F.trim(RAW_OP.name)) & ~F.col("source_file").rlike(rf"(?i){LOAD_FILE}")
    return raw.withColumn(RAW_OP.name, F.when(is_unknown, NO_OP).otherwise(F.col(RAW_OP.name)))


def reject_future(changes: DataFrame, latest: datetime) -> DataFrame:
    """Changes with a commit time after `latest` are `future_commit_time`; the deletes derived from them are dropped."""
    is_future = F.coalesce(F.col(f"{SEQ.name}.commit_ts") > F.lit(latest), F.lit(False))
    found = F.when(is_future, F.array(F.lit("future_commit_time"))).otherwise(F.array().cast("array<string>"))
    return changes.filter(~(is_future & F.col("is_derived"))).withColumn("problems", F.concat("problems", found))


def _op(source: CdcSource) -> Column:
    """L, I, U, D, T or B. *Nulls:* NULL for an unknown operation."""
    text = F.lower(F.trim(F.coalesce(RAW_OP.name, F.lit(""))))
    op = F.coalesce(*(F.when(text == name.lower(), F.lit(op)) for name, op in source.ops.items()))
    # Inserts in a full-load file are full-load rows.
    is_load_file = F.col("source_file").rlike(rf"(?i){LOAD_FILE}")
    return F.when(is_load_file & (op == "I"), F.lit("L")).otherwise(op)


def _commit_ts(source: CdcSource) -> Column:
    return parse_value(COMMIT_TS.name, "timestamp") if source.has_commit_ts else F.lit(None).cast("timestamp")


def _has_time(source: CdcSource) -> Column:
    return F.coalesce(F.col(COMMIT_TS.name), F.lit("")) != "" if source.has_commit_ts else F.lit(False)


def _non_null_flags(source: CdcSource) -> Column:
    """Whether the raw value of each non-string column is not NULL."""
    return F.array(*(F.col(name).isNotNull() for name in _non_strings(source))).cast("array<boolean>")


def _is_unparsable(source: CdcSource) -> dict[str, Column]:
    """Whether the text of each non-string column is not a value of its type."""
    return {
        name: F.col("_given")[position] & F.col(name).isNull() for position, name in enumerate(_non_strings(source))
    }


def _non_strings(source: CdcSource) -> list[str]:
    return [name for name, kind in source.types.items() if kind != "string"]


def _has_empty(source: CdcSource) -> Column:
    """Whether a value is an empty text, in a column that cannot have one. Bytes may be none."""
    names = [name for name in _non_strings(source) if source.types[name] != "binary"]
    return reduce(or_, (F.col(name).eqNullSafe("") for name in names), F.lit(False))


def _problems(source: CdcSource) -> Column:
    is_well_formed, op, unparsable = ~F.col("malformed"), F.col("_op"), _is_unparsable(source)
    is_row, is_change = is_well_formed & op.isNotNull() & (op != "T"), is_well_formed & (op != "L")
    no_key = F.lit(False)
    for name in source.key:
        no_key = no_key | (F.col(name).isNull() & ~unparsable.get(name, F.lit(False)))
    checks = {
        "truncated_or_malformed": F.col("malformed"),
        "encoding": F.col("has_broken_text"),
        "unknown_op": is_well_formed & op.isNull(),
        "null_key": is_row & no_key,
        "bad_old_key": is_row & (op == "U") & F.col("_has_bad_old_key"),
    }
    if source.has_commit_ts:
        checks["unparsable_time"] = is_well_formed & F.col("has_time") & F.col(COMMIT_TS.name).isNull()
        checks["no_commit_time"] = is_change & ~F.col("has_time")
    elif source.history is not None:  # ordered by file
        checks["no_commit_time"] = is_change & file_time(F.col("source_file")).isNull()
    if source.sequence[0] == CHANGE_SEQ.name:  # changes of other files have no place among those of a log
        checks["no_change_seq"] = is_change & _is_missing(F.col(CHANGE_SEQ.name))
    checks["no_sequence"] = is_change & reduce(or_, map(_is_missing, map(F.col, source.feed_columns)), F.lit(False))
    # A delete needs only its key.
    checks |= {
        f"bad_{name}": is_row & is_bad & (F.lit(name in source.key) | (op != "D"))
        for name, is_bad in unparsable.items()
    }
    return problems(checks)


def _is_missing(value: Column) -> Column:
    return F.coalesce(value.cast("string"), F.lit("")) == ""
