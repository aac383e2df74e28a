"""Apply changes to the tables of a source: which rows of each table to delete, and which to add."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import APPLIED_AT, INCOMPLETE, OP, SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data import current_rows, partial_updates, scd2_history
from transforms.change_data.change_outcomes import RetentionHorizon, compare_changes


@dataclass(frozen=True)
class CdcTables:
    """The present rows of the tables of a source; `versions` is None without history."""

    current: DataFrame
    aux: DataFrame
    versions: DataFrame | None


@dataclass(frozen=True)
class Replacement:
    """`rows` replace the rows of the `keys`, or the whole table if `keys` is None.

    `others`, if given, are the rows of all other keys, which have to be written again.
    """

    rows: DataFrame
    keys: DataFrame | None
    others: DataFrame | None = None


@dataclass(frozen=True)
class AppliedChanges:
    """The replacement of each table.

    `compared` are the changes with their outcome; `before` are the current rows that may be replaced.
    """

    compared: DataFrame
    before: DataFrame
    current: Replacement
    aux: Replacement
    versions: Replacement | None


def apply_changes(
    changes: DataFrame,
    tables: CdcTables,
    source: CdcSource,
    *,
    has_truncate: bool,
    has_first_placeholders: bool = False,
    extract_seq: Column | None = None,
    horizon: RetentionHorizon,
    applied_at: datetime,
    reuse: Callable[[DataFrame], DataFrame] = lambda frame: frame,
) -> AppliedChanges:
    """Apply valid changes. A truncate affects every row. `reuse` persists a frame that is read more than once.

    With `has_first_placeholders` the current table gets the column `_incomplete`, in every row. `extract_seq` is the
    position of a full extract, whose missing rows are among the changes as deletes.
    """
    affected = _affected(changes, tables, source, has_truncate=has_truncate, reuse=reuse)
    truncated = current_rows.last_truncate(changes, tables.aux)
    compare = partial(compare_changes, changes, affected.current, affected.aux, truncated, source)
    compared = reuse(compare(horizon=horizon))
    retained = compared.filter("outcome <> 'beyond_retention'")
    current, aux, keys = _reduce(
        retained, affected, truncated, source, has_truncate=has_truncate, applied_at=applied_at, reuse=reuse
    )
    result = AppliedChanges(compared, affected.current, Replacement(current, keys), Replacement(aux, keys), None)
    if has_first_placeholders and not has_truncate:
        others = tables.current.join(keys, on=list(source.key), how="left_anti")
        result = replace(result, current=Replacement(current, keys, others.withColumn(INCOMPLETE.name, F.lit(False))))
    if affected.versions is not None:
        timeline = reuse(_timeline(retained, affected.versions, affected.aux, tables.aux, source))
        result = _with_history(result, timeline, source)
        if extract_seq is not None and source.has_soft_deletes and not source.has_partial_updates:
            result = _deleted_earlier(result, timeline, tables.current, source, applied_at=applied_at)
    if extract_seq is not None:
        result = replace(result, aux=_with_rows(result.aux, current_rows.extract_row(changes, extract_seq, source)))
    if has_truncate:
        result = _replace_all(result, current_rows.kept_truncates(changes, tables.aux, source))
    versions = result.versions and _with_applied_at(result.versions, applied_at)
    return replace(result, aux=_with_applied_at(result.aux, applied_at), versions=versions)


def _timeline(
    changes: DataFrame, versions: DataFrame, aux: DataFrame, whole_aux: DataFrame, source: CdcSource
) -> DataFrame:
    """The events of the changed keys, whose `versions` and `aux` rows are given."""
    truncates = current_rows.truncates(changes, whole_aux)
    extracts = whole_aux.filter("kind = 'extract'").select(SEQ.name)
    return scd2_history.rebuild_timeline(changes, versions, aux, truncates, extracts, source)


def _with_history(result: AppliedChanges, timeline: DataFrame, source: CdcSource) -> AppliedChanges:
    """Add the versions, and to the aux rows what they do not show."""
    keys, hidden = timeline.select(*source.key).distinct(), scd2_history.hidden_changes(timeline, source)
    rows = hidden.unionByName(result.aux.rows) if source.has_partial_updates else hidden
    versions = Replacement(scd2_history.version_rows(timeline, source), keys)
    return replace(result, aux=Replacement(rows, keys), versions=versions)


def _deleted_earlier(
    result: AppliedChanges, timeline: DataFrame, current: DataFrame, source: CdcSource, *, applied_at: datetime
) -> AppliedChanges:
    """Replace softly deleted rows that were gone earlier, by an extract that came late."""
    first = scd2_history.first_extract_deletes(timeline, source).withColumnRenamed(SEQ.name, "_first")
    moved = current.filter("_is_deleted").join(first, list(source.key)).filter(F.col("_first") < F.col(SEQ.name))
    rows = moved.withColumns(
        {SEQ.name: F.col("_first"), "_deleted_at": F.col("_first.commit_ts"), APPLIED_AT.name: F.lit(applied_at)}
    ).select(*source.current.names)
    return replace(result, current=_with_rows(result.current, rows, rows.select(*source.key)))


def _with_rows(replacement: Replacement, rows: DataFrame, keys: DataFrame | None = None) -> Replacement:
    """The replacement with further rows; `keys` are those that they replace."""
    replaced = replacement.keys if replacement.keys is None or keys is None else replacement.keys.unionByName(keys)
    return replace(replacement, rows=replacement.rows.unionByName(rows), keys=replaced)


def _reduce(
    changes: DataFrame,
    affected: CdcTables,
    truncated: DataFrame,
    source: CdcSource,
    *,
    has_truncate: bool,
    applied_at: datetime,
    reuse: Callable[[DataFrame], DataFrame],
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """The new current rows, the new aux rows without history, and the keys that they replace."""
    if source.has_partial_updates:
        states = reuse(partial_updates.merge_states(changes, affected.current, affected.aux, truncated, source))
        current = partial_updates.visible_rows(states, source, applied_at=applied_at)
        return current, partial_updates.state_rows(states, source), states.select(*source.key)
    last = current_rows.latest_per_key(changes, source)
    keys = last.select(*source.key)
    current = current_rows.upserted_rows(last, source, applied_at=applied_at)
    aux = current_rows.tombstones(last, source)
    if has_truncate:
        current = current.unionByName(current_rows.surviving_rows(affected.current, keys, truncated))
        old_tombstones = affected.aux.filter("kind = 'tombstone'").drop(APPLIED_AT.name)
        aux = aux.unionByName(current_rows.surviving_rows(old_tombstones, keys, truncated))
    return current, aux, keys


def _with_applied_at(replacement: Replacement, applied_at: datetime) -> Replacement:
    return replace(replacement, rows=replacement.rows.withColumn(APPLIED_AT.name, F.lit(applied_at)))


def _affected(
    changes: DataFrame,
    tables: CdcTables,
    source: CdcSource,
    *,
    has_truncate: bool,
    reuse: Callable[[DataFrame], DataFrame],
) -> CdcTables:
    """The rows that may be replaced: those of the changed keys, or all rows after a truncate."""

    def select(rows: DataFrame, *names: str) -> DataFrame:
        return rows if has_truncate else current_rows.affected_rows(rows.select(*names), changes, source.key)

    # Without partial updates only key, operation and position of current rows are needed: skipping the other columns
    # halves the time for a large table.
    values = source.payload if source.has_partial_updates else []
    names = [*values, *(name for name in (OP.name, SEQ.name, "_is_deleted") if name in tables.current.columns)]
    current, aux = select(tables.current, *source.key, *names), select(tables.aux, "*")
    # Otherwise compare_changes alone reads them.
    is_read_again = has_truncate or source.has_partial_updates
    return CdcTables(
        reuse(current) if is_read_again else current,
        reuse(aux) if is_read_again or tables.versions is not None else aux,
        None if tables.versions is None else reuse(select(tables.versions, "*")),
    )


def _replace_all(applied: AppliedChanges, truncates: DataFrame) -> AppliedChanges:
    """Replace whole tables instead of keys, and add the `truncates` to the aux rows."""
    return replace(
        applied,
        current=Replacement(applied.current.rows, None),
        aux=Replacement(applied.aux.rows.unionByName(truncates), None),
        versions=applied.versions and Replacement(applied.versions.rows, None),
    )
