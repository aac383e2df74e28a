"""Rebuild the SCD2 history of the changed keys.

The inputs are the existing versions, the aux rows (hidden changes and deletes), the truncates and the new changes. An
out-of-order change is inserted at its position.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.current_rows import as_aux_rows, without_applied_at

_SEQ = SEQ.name
# The highest rank wins at one position: the end of a version may also be the start of the next one.
_ENDED, _VERSION, _CHANGE, _TRUNCATE = 0, 1, 2, 3


def rebuild_timeline(
    changes: DataFrame, versions: DataFrame, aux: DataFrame, truncates: DataFrame, source: CdcSource
) -> DataFrame:
    """All events of the changed keys. *Grain:* one row per key and `_seq`.

    `_version` numbers the versions of a key; `_starts` tells whether the event starts one. `versions` and `aux` hold
    the rows of the changed keys. A truncate ends every row.
    """
    key = list(source.key)
    events = _all_events(changes, versions, aux, truncates, source)
    per_position = (
        events.groupBy(*key, _SEQ)
        .agg(F.max(F.struct("_rank", "_is_row", *source.payload)).alias("_winner"))
        .select(*key, _SEQ, "_winner.*")
    )
    in_order = Window.partitionBy(*key).orderBy(_SEQ)  # total: one row per key and position
    was_row, previous = F.lag("_is_row").over(in_order), F.lag(_compared(source)).over(in_order)
    starts = F.col("_is_row") & ~(F.coalesce(was_row, F.lit(False)) & previous.eqNullSafe(_compared(source)))
    with_starts = per_position.withColumn("_starts", starts)
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return with_starts.withColumn(
        "_version", F.sum(F.when(F.col("_starts") | ~F.col("_is_row"), 1).otherwise(0)).over(so_far)
    )


def _all_events(
    changes: DataFrame, versions: DataFrame, aux: DataFrame, truncates: DataFrame, source: CdcSource
) -> DataFrame:
    """The new changes, starts and ends of versions, hidden changes, deletes and truncates of the changed keys."""
    key = list(source.key)
    nulls = {name: F.lit(None).cast(kind) for name, kind in source.types.items() if name not in key}
    new = _events(changes.filter("_op <> 'T'"), F.col("_op") != "D", _CHANGE, source)
    started = _events(versions, F.lit(True), _VERSION, source)
    ended = _events(
        versions.filter("_seq_to IS NOT NULL").withColumns({**nulls, _SEQ: F.col("_seq_to")}),
        F.lit(False),
        _ENDED,
        source,
    )
    hidden = _events(aux.filter("kind IN ('noop', 'tombstone')"), F.col("kind") == "noop", _CHANGE, source)
    keys = new.select(*key).unionByName(versions.select(*key)).distinct()
    truncated = keys.crossJoin(F.broadcast(truncates)).withColumns(nulls)
    return (
        new.unionByName(started)
        .unionByName(ended)
        .unionByName(hidden)
        .unionByName(_events(truncated, F.lit(False), _TRUNCATE, source))
    )


def version_rows(timeline: DataFrame, source: CdcSource) -> DataFrame:
    """The versions: each lasts from the event that starts it to the next version or the delete of the row."""
    key = list(source.key)
    grouped = timeline.groupBy(*key, "_version").agg(
        F.min(_SEQ).alias(_SEQ),
        F.max("_is_row").alias("_is_row"),
        F.max(F.struct(_SEQ, *source.payload)).alias("_shown"),
    )
    in_order = Window.partitionBy(*key).orderBy(_SEQ)  # total: versions start at different positions
    # If the feed sequence comes first, commit times may decrease: the running maximum keeps valid_from <= valid_to.
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    valid_from = F.col(f"{_SEQ}.commit_ts") if source.seq == SEQ else F.max(f"{_SEQ}.commit_ts").over(so_far)
    with_start = grouped.withColumn("valid_from", valid_from)
    with_end = with_start.withColumns(
        {"_seq_to": F.lead(_SEQ).over(in_order), "valid_to": F.lead("valid_from").over(in_order)}
    ).filter("_is_row")
    shown = [F.col(f"_shown.{name}").alias(name) for name in source.payload]
    rows = with_end.select(
        *key, *shown, _SEQ, "_seq_to", "valid_from", "valid_to", F.col("_seq_to").isNull().alias("is_current")
    )
    return rows.select(*without_applied_at(source.versions.names if source.versions else []))


def hidden_changes(timeline: DataFrame, source: CdcSource) -> DataFrame:
    """The events that the versions do not show, as aux rows of kind noop or tombstone.

    These are changes that start no version, deletes, and the start of a version whose unversioned columns were
    overwritten later.
    """
    unversioned = [name for name in source.payload if name not in source.versioned_columns]
    is_only_event = F.count("*").over(Window.partitionBy(*source.key, "_version")) == 1
    is_hidden = F.col("_is_row") & (~F.col("_starts") | (~is_only_event if unversioned else F.lit(False)))
    is_delete = ~F.col("_is_row") & (F.col("_rank") != _TRUNCATE)
    kind = F.when(is_hidden, F.lit("noop")).when(is_delete, F.lit("tombstone"))
    rows = timeline.withColumn("_noted", kind).filter(F.col("_noted").isNotNull())
    return as_aux_rows(rows.filter("_noted = 'noop'"), "noop", source).unionByName(
        as_aux_rows(rows.filter("_noted = 'tombstone'"), "tombstone", source)
    )


def _events(rows: DataFrame, is_row: Column, rank: int, source: CdcSource) -> DataFrame:
    """The rows as events; the payload of a delete is NULL."""
    payload = [F.when(is_row, F.col(name)).alias(name) for name in source.payload]
    return rows.select(*source.key, *payload, _SEQ, is_row.alias("_is_row"), F.lit(rank).alias("_rank"))


def _compared(source: CdcSource) -> Column:
    """The values that a new version must differ in."""
    return F.struct(*(source.versioned_columns or ("_is_row",)))
