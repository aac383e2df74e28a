"""Rebuild the SCD2 history of the changed keys.

The inputs are the existing versions, the aux rows (hidden changes and deletes), the truncates and the new changes. An
out-of-order change is inserted at its position.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.cdc_columns import FEED_FIRST_SEQ, SEQ, UNCHANGED
from schemas.cdc_source import CdcSource
from transforms.change_data.change_order import is_load_without_position, is_of_extract
from transforms.change_data.current_rows import as_aux_rows, without_applied_at

_SEQ = SEQ.name
# The highest rank wins at one position: the end of a version may also be the start of the next one.
_PARTIAL, _ENDED, _EXTRACT, _VERSION, _CHANGE, _TRUNCATE = range(6)


def rebuild_timeline(
    changes: DataFrame,
    versions: DataFrame,
    aux: DataFrame,
    truncates: DataFrame,
    extracts: DataFrame,
    source: CdcSource,
) -> DataFrame:
    """All events of the changed keys. *Grain:* one row per key and `_seq`.

    `_version` numbers the versions of a key; `_starts` tells whether the event starts one. `versions` and `aux` hold
    the rows of the changed keys. A truncate ends every row, one of the `extracts` every row that it lacks.
    """
    key = list(source.key)
    events = _all_events(changes, versions, aux, truncates, source)
    events = events.unionByName(_next_extracts(events, extracts, source))
    per_position = (
        events.groupBy(*key, _SEQ)
        .agg(
            F.max(F.struct("_rank", "_is_row", *source.payload)).alias("_winner"),
            F.max(UNCHANGED.name).alias(UNCHANGED.name),
        )
        .select(*key, _SEQ, "_winner.*", UNCHANGED.name)
    )
    per_position = _without_extracts_of_the_row(per_position, source)
    if source.seq == FEED_FIRST_SEQ:
        per_position = _without_loads_of_the_row(per_position, source)
    if source.has_partial_updates:
        per_position = _with_unchanged_values(per_position, source)
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
    """The new changes, starts and ends of versions, hidden changes, deletes and truncates of the changed keys.

    `_unchanged` are the columns that an update left as they were.
    """
    key = list(source.key)
    nulls = {name: F.lit(None).cast(kind) for name, kind in source.types.items() if name not in key}
    unchanged = F.col(UNCHANGED.name) if source.has_partial_updates else None
    new = _events(changes.filter("_op <> 'T'"), F.col("_op") != "D", _CHANGE, source, unchanged)
    started = _events(versions, F.lit(True), _VERSION, source)
    ended = _events(
        versions.filter("_seq_to IS NOT NULL").withColumns({**nulls, _SEQ: F.col("_seq_to")}),
        F.lit(False),
        _ENDED,
        source,
    )
    hidden = _events(aux.filter("kind IN ('noop', 'tombstone')"), F.col("kind") == "noop", _CHANGE, source)
    if source.has_partial_updates:
        partial = aux.filter("kind = 'partial'")
        hidden = hidden.unionByName(_events(partial, F.lit(False), _PARTIAL, source, F.col(UNCHANGED.name)))
    keys = new.select(*key).unionByName(versions.select(*key)).distinct()
    truncated = keys.crossJoin(F.broadcast(truncates)).withColumns(nulls)
    return (
        new.unionByName(started)
        .unionByName(ended)
        .unionByName(hidden)
        .unionByName(_events(truncated, F.lit(False), _TRUNCATE, source))
    )


def _next_extracts(events: DataFrame, extracts: DataFrame, source: CdcSource) -> DataFrame:
    """For each new change the first full extract after it, as an event that ends the row."""
    key = list(source.key)
    new = events.filter((F.col("_rank") == _CHANGE) & F.col("_is_row")).select(*key, _SEQ)
    extract_seq = F.col("_extract_seq")
    late = (
        extracts.select(F.col(_SEQ).alias("_extract_seq"))
        .crossJoin(F.broadcast(new.agg(F.min(_SEQ).alias("_first_seq"))))
        .filter(extract_seq > F.col("_first_seq"))
    )
    ends = new.join(F.broadcast(late), on=extract_seq > F.col(_SEQ)).groupBy(*key, _SEQ)
    ended = ends.agg(F.min("_extract_seq").alias("_extract_seq")).select(*key, extract_seq.alias(_SEQ)).distinct()
    nulls = {name: F.lit(None).cast(source.types[name]) for name in source.payload}
    return _events(ended.withColumns(nulls), F.lit(False), _EXTRACT, source)


def _without_extracts_of_the_row(per_position: DataFrame, source: CdcSource) -> DataFrame:
    """Leave out the extracts that are followed by the row of that extract, which has the same time."""
    in_order = Window.partitionBy(*source.key).orderBy(_SEQ)  # total: one row per key and position
    time = F.col(f"{_SEQ}.commit_ts")
    has_row = F.lead("_is_row").over(in_order) & (F.lead(time).over(in_order) == time)
    is_followed = (F.col("_rank") == _EXTRACT) & F.coalesce(has_row, F.lit(False))
    return per_position.withColumn("_is_followed", is_followed).filter("NOT _is_followed").drop("_is_followed")


def _without_loads_of_the_row(per_position: DataFrame, source: CdcSource) -> DataFrame:
    """Leave out the rows of a full load without a position that were read after the next change of their key.

    They sort before it, but tell nothing of the time before it.
    """
    in_order = Window.partitionBy(*source.key).orderBy(_SEQ)  # total: one row per key and position
    time = F.col(f"{_SEQ}.commit_ts")
    is_late = is_load_without_position(F.col(_SEQ)) & F.coalesce(F.lead(time).over(in_order) < time, F.lit(False))
    return per_position.withColumn("_is_late", is_late).filter("NOT _is_late").drop("_is_late")


def _with_unchanged_values(events: DataFrame, source: CdcSource) -> DataFrame:
    """The events, with the values that updates left as they were; NULL where no earlier change set one."""
    so_far = Window.partitionBy(*source.key).orderBy(_SEQ).rowsBetween(Window.unboundedPreceding, Window.currentRow)

    def value(name: str) -> Column:
        is_set = F.coalesce(~F.array_contains(UNCHANGED.name, name), F.lit(True))
        last = F.last(F.when(is_set, F.struct(F.col(name).alias("value"))), ignorenulls=True)
        return last.over(so_far).getField("value")

    return events.withColumns({name: value(name) for name in source.payload})


def first_extract_deletes(timeline: DataFrame, source: CdcSource) -> DataFrame:
    """The position at which a row was deleted that full extracts lack: that of the first of them after its last change.

    *Grain:* one row per key whose last event is the delete of a full extract.
    """
    in_order = Window.partitionBy(*source.key).orderBy(_SEQ)  # total: one row per key and position
    is_extract = ~F.col("_is_row") & is_of_extract(F.col(_SEQ))
    follows_delete = ~F.lag("_is_row", 1, False).over(in_order)
    is_last = F.lead(_SEQ).over(in_order).isNull()
    events = timeline.withColumns({"_ends": is_extract & is_last, "_is_repeated": is_extract & follows_delete})
    position = F.max(F.when(~F.col("_is_repeated"), F.col(_SEQ)))
    ended = events.groupBy(*source.key).agg(F.max("_ends").alias("_ends"), position.alias(_SEQ))
    return ended.filter("_ends").select(*source.key, _SEQ)


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
    """The events that the versions do not show, as aux rows of kind noop or tombstone, and the partial updates.

    These are changes that start no version, deletes, and the start of a version whose unversioned columns were
    overwritten later.
    """
    unversioned = [name for name in source.payload if name not in source.versioned_columns]
    is_only_event = F.count("*").over(Window.partitionBy(*source.key, "_version")) == 1
    is_hidden = F.col("_is_row") & (~F.col("_starts") | (~is_only_event if unversioned else F.lit(False)))
    is_delete = ~F.col("_is_row") & ~F.col("_rank").isin(_TRUNCATE, _EXTRACT)
    kind = F.when(is_hidden, F.lit("noop")).when(is_delete, F.lit("tombstone"))
    rows = timeline.withColumn("_noted", kind).filter(F.col("_noted").isNotNull())
    aux = as_aux_rows(rows.filter("_noted = 'noop'"), "noop", source).unionByName(
        as_aux_rows(rows.filter("_noted = 'tombstone'"), "tombstone", source)
    )
    if not source.has_partial_updates:
        return aux
    nulls = {name: F.lit(None).cast(source.types[name]) for name in source.payload}
    partial = timeline.filter(F.size(UNCHANGED.name) > 0).withColumns(nulls)
    return aux.unionByName(as_aux_rows(partial, "partial", source))


def _events(
    rows: DataFrame, is_row: Column, rank: int, source: CdcSource, unchanged: Column | None = None
) -> DataFrame:
    """The rows as events; the payload of a delete is NULL."""
    payload = [F.when(is_row, F.col(name)).alias(name) for name in source.payload]
    marks = F.lit(None).cast(UNCHANGED.type) if unchanged is None else unchanged
    flags = {"_is_row": is_row, "_rank": F.lit(rank), UNCHANGED.name: marks}
    return rows.select(*source.key, *payload, _SEQ, *(column.alias(name) for name, column in flags.items()))


def _compared(source: CdcSource) -> Column:
    """The values that a new version must differ in."""
    return F.struct(*(source.versioned_columns or ("_is_row",)))
