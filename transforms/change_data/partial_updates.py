"""Partial updates: each column has the value of the last change that set it, in whatever order changes arrive.

The aux table keeps a `state` per key: its values, the position of the change that set each, and the positions of the
last upsert, insert and delete.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.current_rows import without_applied_at

_SEQ = SEQ.name


def merge_states(changes: DataFrame, aux: DataFrame, truncated: DataFrame, source: CdcSource) -> DataFrame:
    """Merge changes into the states in `aux`. *Grain:* one row per changed key."""
    ops = ("upsert", "insert", "delete")
    changed = _changed_values(changes.filter("_op <> 'T'"), source)
    values = [
        F.when(
            F.col("_seqs")[name].isNotNull(), F.struct(F.col("_seqs")[name].alias("seq"), F.col(name).alias("value"))
        )
        for name in source.payload
    ]
    stored = aux.filter("kind = 'state'").select(
        *source.key,
        *(value.alias(name) for value, name in zip(values, source.payload, strict=True)),
        *(f"_{op}_seq" for op in ops),
    )
    latest = [F.max(name).alias(name) for name in (*source.payload, *(f"_{op}_seq" for op in ops))]
    states = changed.unionByName(stored).groupBy(*source.key).agg(*latest).crossJoin(F.broadcast(truncated))
    seqs = F.map_filter(F.create_map(*_name_seq_pairs(source)), lambda _, seq: seq.isNotNull())
    return states.select(
        *source.key,
        *(F.col(f"{name}.value").alias(name) for name in source.payload),
        F.greatest("_upsert_seq", "_delete_seq").alias(_SEQ),
        F.lit("state").alias("kind"),
        seqs.alias("_seqs"),
        *(f"_{op}_seq" for op in ops),
        F.greatest("_delete_seq", "truncate_seq").alias("floor"),
    )


def visible_rows(states: DataFrame, source: CdcSource, *, applied_at: datetime) -> DataFrame:
    """The current rows of the states. A value that was set before the last delete of its row is NULL."""
    is_live = _is_after("_upsert_seq")
    values = [F.when(_is_after(F.col("_seqs")[name]), F.col(name)).alias(name) for name in source.payload]
    is_incomplete = ~F.coalesce(_is_after("_insert_seq"), F.lit(False))
    rows = states.filter(is_live).select(
        *source.key, *values, "_upsert_seq", is_incomplete.alias("_incomplete"), "_insert_seq"
    )
    op = F.when(F.col("_insert_seq") == F.col("_upsert_seq"), "I").otherwise("U")
    return rows.select(
        "*", F.col("_upsert_seq").alias(_SEQ), op.alias("_op"), F.lit(applied_at).alias("_applied_at")
    ).select(*source.current.names)


def state_rows(states: DataFrame, source: CdcSource) -> DataFrame:
    """The states as aux rows."""
    return states.select(*without_applied_at(source.aux.names))


def _changed_values(changes: DataFrame, source: CdcSource) -> DataFrame:
    """What each change sets, with its position. A NULL of an update does not set a column of ignore_null_updates."""
    is_upsert, is_insert = F.col("_op") != "D", F.col("_op").isin("I", "L")

    def column(name: str) -> Column:
        is_set = is_insert | (is_upsert & F.col(name).isNotNull()) if name in source.ignore_null_updates else is_upsert
        return F.when(is_set, F.struct(F.col(_SEQ).alias("seq"), F.col(name).alias("value"))).alias(name)

    conditions = {"upsert": is_upsert, "insert": is_insert, "delete": ~is_upsert}
    return changes.select(
        *source.key,
        *map(column, source.payload),
        *(F.when(condition, F.col(_SEQ)).alias(f"_{op}_seq") for op, condition in conditions.items()),
    )


def _name_seq_pairs(source: CdcSource) -> Sequence[Column]:
    return reduce(lambda pairs, name: [*pairs, F.lit(name), F.col(f"{name}.seq")], source.payload, list[Column]())


def _is_after(seq: str | Column) -> Column:
    """Whether a position is after the last delete of its row, if there is one."""
    position = F.col(seq) if isinstance(seq, str) else seq
    return position.isNotNull() & F.coalesce(position > F.col("floor"), F.lit(True))
