"""Changes as history: each row's versions told anew from all that is known of the rows that change.

Known are the versions that are there, what is noted besides (`noted`: updates that made no version, and deletes), truncates, and the
new changes. What comes late finds its place among them.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.changing import SEQ, CdcSource
from transforms.changes.current import but_when, noted_as

_SEQ = SEQ.name
# Of what stands at one place the greatest counts: an end that is known only from a version may be the beginning of another.
_ENDED, _VERSION, _CHANGE, _TRUNCATE = 0, 1, 2, 3


def retold(
    changes: DataFrame, versions: DataFrame, noted: DataFrame, truncates: DataFrame, changing: CdcSource
) -> DataFrame:
    """Everything that happened to the rows that change, in order. *Grain:* one row per key and `_seq`, with its `_version` and whether it `_starts` one.

    `versions` and `noted` are those of the keys that change; truncates end every row.
    """
    key = list(changing.key)
    nothing = {name: F.lit(None).cast(kind) for name, kind in changing.types.items() if name not in key}
    new = _of(changes.filter("_op <> 'T'"), F.col("_op") != "D", _CHANGE, changing)
    begun = _of(versions, F.lit(True), _VERSION, changing)
    ended = _of(
        versions.filter("_seq_to IS NOT NULL").withColumns({**nothing, _SEQ: F.col("_seq_to")}),
        F.lit(False),
        _ENDED,
        changing,
    )
    beside = _of(noted.filter("kind IN ('noop', 'tombstone')"), F.col("kind") == "noop", _CHANGE, changing)
    keys = new.select(*key).unionByName(versions.select(*key)).distinct()
    emptied = keys.crossJoin(F.broadcast(truncates)).withColumns(nothing)
    events = (
        new.unionByName(begun)
        .unionByName(ended)
        .unionByName(beside)
        .unionByName(_of(emptied, F.lit(False), _TRUNCATE, changing))
    )
    each = (
        events.groupBy(*key, _SEQ)
        .agg(F.max(F.struct("_rank", "_is_row", *changing.payload)).alias("said"))
        .select(*key, _SEQ, "said.*")
    )
    in_order = Window.partitionBy(*key).orderBy(_SEQ)  # total: one row per key and place
    follows, as_before = F.lag("_is_row").over(in_order), F.lag(_compared(changing)).over(in_order)
    starts = F.col("_is_row") & ~(F.coalesce(follows, F.lit(False)) & as_before.eqNullSafe(_compared(changing)))
    marked = each.withColumn("_starts", starts)
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return marked.withColumn(
        "_version", F.sum(F.when(F.col("_starts") | ~F.col("_is_row"), 1).otherwise(0)).over(so_far)
    )


def versions_of(retold: DataFrame, changing: CdcSource) -> DataFrame:
    """The versions, from one change that tells something new to the next or to the end of the row."""
    key = list(changing.key)
    grouped = retold.groupBy(*key, "_version").agg(
        F.min(_SEQ).alias(_SEQ),
        F.max("_is_row").alias("_is_row"),
        F.max(F.struct(_SEQ, *changing.payload)).alias("_shown"),
    )
    in_order = Window.partitionBy(*key).orderBy(_SEQ)  # total: versions begin at different places
    # Where the places of the feed decide, a clock of the source that went back makes no version end before it begins.
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    began = F.col(f"{_SEQ}.commit_ts") if changing.seq == SEQ else F.max(f"{_SEQ}.commit_ts").over(so_far)
    told = grouped.withColumn("valid_from", began)
    placed = told.withColumns(
        {"_seq_to": F.lead(_SEQ).over(in_order), "valid_to": F.lead("valid_from").over(in_order)}
    ).filter("_is_row")
    shown = [F.col(f"_shown.{name}").alias(name) for name in changing.payload]
    rows = placed.select(
        *key, *shown, _SEQ, "_seq_to", "valid_from", "valid_to", F.col("_seq_to").isNull().alias("is_current")
    )
    return rows.select(*but_when(changing.versions.names if changing.versions else []))


def noted_of(retold: DataFrame, changing: CdcSource) -> DataFrame:
    """What the versions do not tell: changes that start none, deletes, and, where a version shows what came later, how it began."""
    others = [name for name in changing.payload if name not in changing.versioned]
    alone = F.count("*").over(Window.partitionBy(*changing.key, "_version")) == 1
    is_hidden = F.col("_is_row") & (~F.col("_starts") | (~alone if others else F.lit(False)))
    is_delete = ~F.col("_is_row") & (F.col("_rank") != _TRUNCATE)
    kinds = F.when(is_hidden, F.lit("noop")).when(is_delete, F.lit("tombstone"))
    rows = retold.withColumn("_noted", kinds).filter(F.col("_noted").isNotNull())
    return noted_as(rows.filter("_noted = 'noop'"), "noop", changing).unionByName(
        noted_as(rows.filter("_noted = 'tombstone'"), "tombstone", changing)
    )


def _of(rows: DataFrame, is_row: Column, rank: int, changing: CdcSource) -> DataFrame:
    """The rows as events: a delete tells nothing but the key."""
    said = [F.when(is_row, F.col(name)).alias(name) for name in changing.payload]
    return rows.select(*changing.key, *said, _SEQ, is_row.alias("_is_row"), F.lit(rank).alias("_rank"))


def _compared(changing: CdcSource) -> Column:
    """What makes a version another."""
    return F.struct(*(changing.versioned or ("_is_row",)))
