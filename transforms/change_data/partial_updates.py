"""Partial updates: each column has the value of the last change that set it, in whatever order changes arrive.

The aux table keeps a `state` per key: its values, the position of the change that set each, and the positions of the
last upsert, of the last change that set every column, and of the last delete.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import APPLIED_AT, INCOMPLETE, OP, SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.current_rows import without_applied_at

_SEQ = SEQ.name
_STATE_OPS = ("upsert", "insert", "delete")


def merge_states(
    changes: DataFrame, current: DataFrame, aux: DataFrame, truncated: DataFrame, source: CdcSource
) -> DataFrame:
    """Merge changes into the states of their keys. *Grain:* one row per changed key.

    `current` and `aux` hold the rows of the changed keys. A row without a state was written by one complete change.
    `_last` is the position and operation of the last upsert, `floor` the position of the last delete or truncate.
    """
    key, stored = list(source.key), _stored_states(aux, source)
    complete = current.join(stored.select(*key), on=key, how="left_anti")
    frames = [
        _changed_values(changes.filter("_op <> 'T'"), source),
        stored,
        _complete_rows(complete, source),
        current.select(*key, _last().alias("_last")),
        aux.filter("kind = 'tombstone'").select(*key, F.col(_SEQ).alias("_delete_seq")),
    ]
    merged = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
    latest = [F.max(name).alias(name) for name in (*source.payload, *map(_position, _STATE_OPS), "_last")]
    states = merged.groupBy(*key).agg(*latest).crossJoin(F.broadcast(truncated))
    seqs = F.map_filter(F.create_map(*_name_seq_pairs(source)), lambda _, seq: seq.isNotNull())
    return states.select(
        *key,
        *(F.col(f"{name}.value").alias(name) for name in source.payload),
        F.greatest("_upsert_seq", "_delete_seq").alias(_SEQ),
        F.lit("state").alias("kind"),
        seqs.alias("_seqs"),
        *map(_position, _STATE_OPS),
        "_last",
        "truncate_seq",
        F.greatest("_delete_seq", "truncate_seq").alias("floor"),
    )


def visible_rows(states: DataFrame, source: CdcSource, *, applied_at: datetime) -> DataFrame:
    """The current rows of the states. A value that was set before the last delete of its row is NULL.

    With soft deletes also the deleted rows, with the values that the delete carries.
    """
    is_live = _is_after("_upsert_seq")
    is_deleted = ~is_live & _is_after("_delete_seq", "truncate_seq")
    is_shown = is_deleted if source.has_soft_deletes else F.lit(False)

    def value(name: str) -> Column:
        seq = F.col("_seqs")[name]
        is_visible = (is_shown & (seq == F.col("_delete_seq"))) | _is_after(seq)
        return F.when(is_visible, F.col(name)).alias(name)

    values = [value(name) for name in source.payload]
    columns = {
        _SEQ: F.when(is_live, F.col("_upsert_seq")).otherwise(F.col("_delete_seq")),
        OP.name: F.when(is_live, F.col("_last.op")).otherwise(F.lit("D")),
        APPLIED_AT.name: F.lit(applied_at),
        INCOMPLETE.name: is_live & ~_is_after("_insert_seq") & _lacks_values(source),
        "_is_deleted": is_deleted,
        "_deleted_at": F.when(is_deleted, F.col("_delete_seq.commit_ts")),
    }
    rows = states.filter(is_live | is_shown).select(
        *source.key, *values, *(column.alias(name) for name, column in columns.items())
    )
    return rows.select(*source.current.names)


def state_rows(states: DataFrame, source: CdcSource) -> DataFrame:
    """The states as aux rows."""
    nulls = {name: F.lit(None).cast(kind) for name, kind in source.aux.types.items() if name not in states.columns}
    return states.withColumns(nulls).select(*without_applied_at(source.aux.names))


def _stored_states(aux: DataFrame, source: CdcSource) -> DataFrame:
    seqs = F.col("_seqs")
    values = [F.when(seqs[name].isNotNull(), _value_at(seqs[name], name)).alias(name) for name in source.payload]
    return aux.filter("kind = 'state'").select(*source.key, *values, *map(_position, _STATE_OPS))


def _complete_rows(current: DataFrame, source: CdcSource) -> DataFrame:
    """The states of rows that the change at their `_seq` set as a whole."""
    seq, is_deleted = F.col(_SEQ), F.col("_is_deleted") if source.has_soft_deletes else F.lit(False)
    values = [
        F.when(~is_deleted | F.col(name).isNotNull(), _value_at(seq, name)).alias(name) for name in source.payload
    ]
    positions = {"upsert": ~is_deleted, "insert": ~is_deleted, "delete": is_deleted}
    return current.select(
        *source.key, *values, *(F.when(condition, seq).alias(_position(op)) for op, condition in positions.items())
    )


def _changed_values(changes: DataFrame, source: CdcSource) -> DataFrame:
    """What each change sets, with its position. A soft delete sets the values that it carries."""
    is_upsert, unchanged = F.col("_op") != "D", F.coalesce("_unchanged", F.array().cast("array<string>"))

    def column(name: str) -> Column:
        is_set = is_upsert & ~F.array_contains(unchanged, name)
        if source.has_soft_deletes:
            is_set = is_set | (~is_upsert & F.col(name).isNotNull())
        return F.when(is_set, _value_at(F.col(_SEQ), name)).alias(name)

    # An update of a source that ignores NULLs may leave columns as they were without saying so.
    is_complete = (F.size(unchanged) == 0) & (F.lit(not source.ignore_null_updates) | F.col("_op").isin("I", "L"))
    conditions = {"upsert": is_upsert, "insert": is_upsert & is_complete, "delete": ~is_upsert}
    return changes.select(
        *source.key,
        *map(column, source.payload),
        *(F.when(condition, F.col(_SEQ)).alias(_position(op)) for op, condition in conditions.items()),
        F.when(is_upsert, _last()).alias("_last"),
    )


def _lacks_values(source: CdcSource) -> Column:
    """Whether no change has set one of the columns; of a source that ignores NULLs that is not known."""
    if source.ignore_null_updates:
        return F.lit(True)
    return reduce(or_, (~_is_after(F.col("_seqs")[name]) for name in source.payload), F.lit(False))


def _value_at(seq: Column, name: str) -> Column:
    return F.struct(seq.alias("seq"), F.col(name).alias("value"))


def _last() -> Column:
    return F.struct(F.col(_SEQ).alias("seq"), F.col("_op").alias("op"))


def _position(op: str) -> str:
    return f"_{op}_seq"


def _name_seq_pairs(source: CdcSource) -> Sequence[Column]:
    return reduce(lambda pairs, name: [*pairs, F.lit(name), F.col(f"{name}.seq")], source.payload, list[Column]())


def _is_after(seq: str | Column, floor: str = "floor") -> Column:
    """Whether a position is after a floor, if there is one: that of the last delete or truncate of its row."""
    position = F.col(seq) if isinstance(seq, str) else seq
    return position.isNotNull() & F.coalesce(position > F.col(floor), F.lit(True))
