"""Apply changes to the tables of a source: which rows of each table to delete, and which to add."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import APPLIED_AT, SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data import current_rows, partial_updates, scd2_history


@dataclass(frozen=True)
class CdcTables:
    """The present rows of the tables of a source; `versions` is None without history."""

    current: DataFrame
    aux: DataFrame
    versions: DataFrame | None


@dataclass(frozen=True)
class Replacement:
    """`rows` replace the rows of the `keys`, or the whole table if `keys` is None."""

    rows: DataFrame
    keys: DataFrame | None


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
    horizon: current_rows.RetentionHorizon,
    applied_at: datetime,
    reuse: Callable[[DataFrame], DataFrame] = lambda frame: frame,
) -> AppliedChanges:
    """Apply valid changes. A truncate affects every row. `reuse` persists a frame that is read more than once."""
    affected = _affected(changes, tables, source, has_truncate=has_truncate, reuse=reuse)
    truncated = current_rows.last_truncate(changes, tables.aux)
    compared = reuse(
        current_rows.compare_changes(changes, affected.current, affected.aux, truncated, source, horizon=horizon)
    )
    retained = compared.filter("outcome <> 'beyond_retention'")
    current, aux, keys = _reduce(
        retained, affected, truncated, source, has_truncate=has_truncate, applied_at=applied_at, reuse=reuse
    )
    result = AppliedChanges(compared, affected.current, Replacement(current, keys), Replacement(aux, keys), None)
    if affected.versions is not None:
        truncates = current_rows.truncates(changes, tables.aux)
        timeline = reuse(scd2_history.rebuild_timeline(retained, affected.versions, affected.aux, truncates, source))
        timeline_keys = timeline.select(*source.key).distinct()
        result = replace(
            result,
            aux=Replacement(scd2_history.hidden_changes(timeline, source), timeline_keys),
            versions=Replacement(scd2_history.version_rows(timeline, source), timeline_keys),
        )
    if has_truncate:
        kept_truncates = current_rows.kept_truncates(current_rows.truncates(changes, tables.aux), source)
        result = _replace_all(result, kept_truncates)
    return replace(
        result,
        aux=_with_applied_at(result.aux, applied_at),
        versions=result.versions and _with_applied_at(result.versions, applied_at),
    )


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
    if source.ignore_null_updates:
        states = reuse(partial_updates.merge_states(changes, affected.aux, truncated, source))
        current = partial_updates.visible_rows(states, source, applied_at=applied_at)
        return current, partial_updates.state_rows(states, source), states.select(*source.key)
    last = reuse(current_rows.latest_per_key(changes, source))
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
        return reuse(rows if has_truncate else current_rows.affected_rows(rows.select(*names), changes, source.key))

    # Of current rows only key and position are needed: skipping the other columns halves the time for a large table.
    names = [name for name in (SEQ.name, "_is_deleted") if name in tables.current.columns]
    return CdcTables(
        select(tables.current, *source.key, *names),
        select(tables.aux, "*"),
        None if tables.versions is None else select(tables.versions, "*"),
    )


def _replace_all(applied: AppliedChanges, truncates: DataFrame) -> AppliedChanges:
    """Replace whole tables instead of keys, and add the truncates to the aux rows."""
    return replace(
        applied,
        current=Replacement(applied.current.rows, None),
        aux=Replacement(applied.aux.rows.unionByName(truncates), None),
        versions=applied.versions and Replacement(applied.versions.rows, None),
    )
