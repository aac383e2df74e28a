"""Updates that leave columns out: each column has the value of the last change that gave one, whenever that comes.

What is known of a row is a `state` among what is remembered: its values, of each the place of the change that gave it, and the places
of the row's last upsert, insert and delete.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.changing import SEQ, CdcSource
from transforms.changes.current import but_when

_SEQ = SEQ.name


def restated(changes: DataFrame, noted: DataFrame, truncated: DataFrame, changing: CdcSource) -> DataFrame:
    """The states of the rows that change. *Grain:* one row per key; `noted` are their states until now."""
    places = ("upsert", "insert", "delete")
    given = _given(changes.filter("_op <> 'T'"), changing)
    values = [
        F.when(
            F.col("_seqs")[name].isNotNull(), F.struct(F.col("_seqs")[name].alias("seq"), F.col(name).alias("value"))
        )
        for name in changing.payload
    ]
    known = noted.filter("kind = 'state'").select(
        *changing.key,
        *(value.alias(name) for value, name in zip(values, changing.payload, strict=True)),
        *(f"_{place}_seq" for place in places),
    )
    latest = [F.max(name).alias(name) for name in (*changing.payload, *(f"_{place}_seq" for place in places))]
    states = given.unionByName(known).groupBy(*changing.key).agg(*latest).crossJoin(F.broadcast(truncated))
    seqs = F.map_filter(F.create_map(*_pairs(changing)), lambda _, seq: seq.isNotNull())
    return states.select(
        *changing.key,
        *(F.col(f"{name}.value").alias(name) for name in changing.payload),
        F.greatest("_upsert_seq", "_delete_seq").alias(_SEQ),
        F.lit("state").alias("kind"),
        seqs.alias("_seqs"),
        *(f"_{place}_seq" for place in places),
        F.greatest("_delete_seq", "truncate_seq").alias("floor"),
    )


def shown(restated: DataFrame, changing: CdcSource, *, applied_at: datetime) -> DataFrame:
    """The current rows of the states: of each column what was given after the row was last deleted."""
    is_there = _is_after("_upsert_seq")
    values = [F.when(_is_after(F.col("_seqs")[name]), F.col(name)).alias(name) for name in changing.payload]
    is_incomplete = ~F.coalesce(_is_after("_insert_seq"), F.lit(False))
    rows = restated.filter(is_there).select(
        *changing.key, *values, "_upsert_seq", is_incomplete.alias("_incomplete"), "_insert_seq"
    )
    op = F.when(F.col("_insert_seq") == F.col("_upsert_seq"), "I").otherwise("U")
    return rows.select(
        "*", F.col("_upsert_seq").alias(_SEQ), op.alias("_op"), F.lit(applied_at).alias("_applied_at")
    ).select(*changing.current.names)


def states(restated: DataFrame, changing: CdcSource) -> DataFrame:
    """What is remembered of the rows."""
    return restated.select(*but_when(changing.aux.names))


def _given(changes: DataFrame, changing: CdcSource) -> DataFrame:
    """Of each change the places where it gives something: an update gives no NULL to a column that such leave as it was."""
    is_upsert, is_insert = F.col("_op") != "D", F.col("_op").isin("I", "L")

    def of(name: str) -> Column:
        gives = is_insert | (is_upsert & F.col(name).isNotNull()) if name in changing.kept_when_null else is_upsert
        return F.when(gives, F.struct(F.col(_SEQ).alias("seq"), F.col(name).alias("value"))).alias(name)

    places = {"upsert": is_upsert, "insert": is_insert, "delete": ~is_upsert}
    return changes.select(
        *changing.key,
        *map(of, changing.payload),
        *(F.when(holds, F.col(_SEQ)).alias(f"_{place}_seq") for place, holds in places.items()),
    )


def _pairs(changing: CdcSource) -> Sequence[Column]:
    return reduce(lambda pairs, name: [*pairs, F.lit(name), F.col(f"{name}.seq")], changing.payload, list[Column]())


def _is_after(seq: str | Column) -> Column:
    """Whether it came after the row was last deleted, if it ever was."""
    place = F.col(seq) if isinstance(seq, str) else seq
    return place.isNotNull() & F.coalesce(place > F.col("floor"), F.lit(True))
