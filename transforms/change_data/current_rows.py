"""Reduce changes to current rows: the highest `_seq` of each key wins, in whatever order changes arrive.

`changes` is the output of `typed_changes` without rejected rows. `compare_changes` adds `outcome`: applied, stale,
replayed or beyond_retention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.cdc_columns import APPLIED_AT, SEQ, UNCHANGED
from schemas.cdc_source import CdcSource
from transforms.change_data.change_order import before_snapshot, place_remarks
from transforms.change_data.file_order import file_order
from transforms.problems import problems

_SEQ = SEQ.name
# Temporary columns for comparing a change with its neighbours. No column of a source is stored with a leading _.
_TEMPORARY = ("_delivered", "_previous_op", "_later", "_later_delivered", "_earlier")


def affected_rows(rows: DataFrame, changes: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key has a change."""
    return rows.join(changes.filter("_op <> 'T'").select(*key), on=list(key), how="left_semi")


def last_truncate(changes: DataFrame, aux: DataFrame) -> DataFrame:
    """The position of the last truncate or full extract, before which no row is left. *Grain:* one row.

    `truncate_seq` includes these changes, `truncate_before` does not. *Nulls:* NULL without a truncate.
    """
    truncates = (
        changes.filter("_op = 'T'")
        .select(_SEQ, F.lit(False).alias("is_old"))
        .unionByName(aux.filter("kind IN ('truncate', 'extract')").select(_SEQ, F.lit(True).alias("is_old")))
    )
    return truncates.agg(
        F.max(_SEQ).alias("truncate_seq"), F.max(F.when(F.col("is_old"), F.col(_SEQ))).alias("truncate_before")
    )


@dataclass(frozen=True)
class RetentionHorizon:
    """Commit times before which tombstones may be missing; None if none can be.

    Tombstones before `deletes` may have expired; of those before `loads` maintenance has removed some.
    """

    deletes: datetime | None = None
    loads: datetime | None = None


def compare_changes(
    changes: DataFrame,
    current: DataFrame,
    aux: DataFrame,
    truncated: DataFrame,
    source: CdcSource,
    *,
    horizon: RetentionHorizon,
) -> DataFrame:
    """Add the `outcome`, remarks, `is_last`, whether a change is the last applied one of its key, and `_row_change`.

    `current` and `aux` hold at least the rows of the changed keys. `op_anomaly` marks an insert of an existing row and
    an update of a missing one; for other remarks see place_remarks. A change of an unknown key that is older than the
    `horizon` is beyond_retention: its row may have been deleted.
    """
    live = current.select(*source.key, F.col(_SEQ).alias("row_seq"), _is_live(source).alias("is_there"))
    gone = aux.filter("kind IN ('tombstone', 'state')").groupBy(*source.key).agg(F.max(_SEQ).alias("gone_seq"))
    rows = (
        changes.join(live, list(source.key), "left")
        .join(gone, list(source.key), "left")
        .crossJoin(F.broadcast(truncated))
    )
    known_seq, is_truncate = F.greatest("row_seq", "gone_seq"), F.col("_op") == "T"
    floor = F.when(is_truncate, F.col("truncate_before")).otherwise(F.col("truncate_seq"))
    is_beyond_retention = known_seq.isNull() & _is_before(horizon, source)
    outcome = (
        F.when(is_truncate & (F.col(_SEQ) == floor), "replayed")
        .when(F.col(_SEQ) <= floor, "stale")
        .when(is_truncate, "applied")
        .when(is_beyond_retention, "beyond_retention")
        .when(F.col(_SEQ) == known_seq, "replayed")
        .when(F.col(_SEQ) < known_seq, "stale")
        .otherwise("applied")
    )
    # Only rejected changes need the line, which is most of the bytes that are sorted and cached.
    line = F.when(F.col("outcome") == "beyond_retention", F.col("raw_line"))
    return _with_anomalies(rows.withColumn("outcome", outcome).withColumn("raw_line", line), source)


def _is_before(horizon: RetentionHorizon, source: CdcSource) -> Column:
    """Whether a change and all other changes of its key in this batch are older than the horizon."""
    committed, op = F.col(f"{_SEQ}.commit_ts"), F.col("_op")
    is_old = F.lit(False)
    if horizon.deletes:
        is_old = is_old | (op.isin("I", "U", "D") & (committed < F.lit(horizon.deletes)))
    if horizon.loads:
        is_old = is_old | ((op == "L") & (committed < F.lit(horizon.loads)))
    if not (horizon.deletes or horizon.loads):
        return is_old
    return is_old & ~F.max(F.coalesce(~is_old, F.lit(False))).over(Window.partitionBy(*source.key, op == "T"))


def _with_neighbours(rows: DataFrame, source: CdcSource) -> DataFrame:
    """Add the temporary columns, and `is_last`, whether a change is the last applied one of its key.

    They are columns since remarks repeat them: Spark would analyse a repeated expression each time.
    """
    is_applied = F.col("outcome") == "applied"
    by_key = Window.partitionBy(*source.key, is_applied).orderBy(_SEQ, "_op", "is_derived")  # total: ties are equal
    known = F.greatest("row_seq", "gone_seq", "truncate_seq")
    delivered = rows.withColumn("_delivered", F.struct(file_order(F.col("source_file"), F.lit(False)), "row_no"))
    compared = delivered.withColumns(
        {
            "_previous_op": F.lag("_op").over(by_key),
            "_later": F.when(is_applied, F.lead(_SEQ).over(by_key)).when(F.col("outcome") == "stale", known),
            "_later_delivered": F.lead("_delivered").over(by_key),
            "is_last": F.lead("_op").over(by_key).isNull() & is_applied,
        }
    )
    # The stored change before the first applied one.
    return compared.withColumn("_earlier", F.when(is_applied & F.col("_previous_op").isNull(), known))


def _with_anomalies(rows: DataFrame, source: CdcSource) -> DataFrame:
    is_applied, previous_op = F.col("outcome") == "applied", F.col("_previous_op")
    row_exists = F.when(previous_op.isNotNull(), previous_op != "D").otherwise(
        F.coalesce(F.col("is_there") & _survives(), F.lit(False))
    )
    is_key_change = F.array_contains("remarks", "key_change")
    is_anomaly = (
        ~is_key_change
        & F.col("outcome").eqNullSafe("applied")
        & (((F.col("_op") == "I") & row_exists) | ((F.col("_op") == "U") & ~row_exists))
    )
    is_after_later = F.when(is_applied, F.col("_delivered") > F.col("_later_delivered")).otherwise(F.col("_op") != "L")
    remarks = place_remarks(F.col("_earlier"), F.col("_later"), source, is_after_later=is_after_later)
    found = problems({"op_anomaly": is_anomaly, **remarks})
    marked = _with_neighbours(rows, source).withColumns(
        {"remarks": F.concat("remarks", found), "_row_change": _row_change(source)}
    )
    return marked.drop("row_seq", "gone_seq", "is_there", "truncate_seq", "truncate_before", *_TEMPORARY)


def _row_change(source: CdcSource) -> Column:
    """What the last change of a key does to its current row: inserted, updated or deleted.

    *Nulls:* NULL for other changes, and for a delete of a missing row.
    """
    was, is_kept = F.col("row_seq").isNotNull(), (F.col("_op") != "D") | F.lit(source.has_soft_deletes)
    change = F.when(was & is_kept, "updated").when(is_kept, "inserted").when(was, "deleted")
    return F.when(F.col("is_last") & (F.col("_op") != "T"), change)


def _survives() -> Column:
    return F.coalesce(F.col("row_seq") > F.col("truncate_seq"), F.lit(True))


def latest_per_key(compared: DataFrame, source: CdcSource) -> DataFrame:
    """The last applied change. *Grain:* one row per key; `_op` is D if the row was deleted."""
    return compared.filter("is_last AND _op <> 'T'").select(*source.key, _SEQ, "_op", *source.payload)


def upserted_rows(last: DataFrame, source: CdcSource, *, applied_at: datetime) -> DataFrame:
    """The new current rows; deleted ones only with soft deletes."""
    rows = last.withColumn(APPLIED_AT.name, F.lit(applied_at))
    if source.has_soft_deletes:
        is_deleted = F.col("_op") == "D"
        rows = rows.withColumns(
            {"_is_deleted": is_deleted, "_deleted_at": F.when(is_deleted, F.col(f"{_SEQ}.commit_ts"))}
        )
    else:
        rows = rows.filter("_op <> 'D'")
    return rows.select(*source.current.names)


def surviving_rows(rows: DataFrame, keys: DataFrame, truncated: DataFrame) -> DataFrame:
    """The rows of other keys that are newer than the last truncate."""
    others = rows.join(keys, on=keys.columns, how="left_anti").crossJoin(F.broadcast(truncated))
    return others.filter(F.coalesce(F.col(_SEQ) > F.col("truncate_seq"), F.lit(True))).drop(
        "truncate_seq", "truncate_before"
    )


def tombstones(last: DataFrame, source: CdcSource) -> DataFrame:
    """The tombstones of deleted rows."""
    return as_aux_rows(last.filter("_op = 'D'"), "tombstone", source)


def truncates(changes: DataFrame, aux: DataFrame) -> DataFrame:
    """The positions of all truncates, old and new. *Grain:* one row per truncate."""
    return changes.filter("_op = 'T'").select(_SEQ).unionByName(aux.filter("kind = 'truncate'").select(_SEQ)).distinct()


def kept_truncates(changes: DataFrame, aux: DataFrame, source: CdcSource) -> DataFrame:
    """The truncates to keep in the aux table, with history all, without it the last; and all full extracts."""
    all_truncates = truncates(changes, aux)
    nulls = {name: F.lit(None).cast(kind) for name, kind in source.types.items()}
    kept = (
        all_truncates
        if source.history is not None
        else all_truncates.agg(F.max(_SEQ).alias(_SEQ)).filter(F.col(_SEQ).isNotNull())
    )
    extracts = as_aux_rows(aux.filter("kind = 'extract'"), "extract", source)
    return as_aux_rows(kept.withColumns(nulls), "truncate", source).unionByName(extracts)


def extract_row(changes: DataFrame, extract_seq: Column, source: CdcSource) -> DataFrame:
    """The aux row of a full extract: no row from before it is left but those that it has."""
    nulls = {name: F.lit(None).cast(kind) for name, kind in source.types.items()}
    rows = changes.limit(1).withColumns({**nulls, _SEQ: before_snapshot(extract_seq)})
    return as_aux_rows(rows, "extract", source)


def rejected_changes(validated: DataFrame, compared: DataFrame) -> DataFrame:
    """The delivered changes with a problem, and those beyond retention."""
    bad = validated.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")
    late = compared.filter("outcome = 'beyond_retention' AND NOT is_derived")
    return bad.unionByName(late.select("raw_line", F.array(F.lit("beyond_retention")).alias("problems"), "source_file"))


def missing_from_extract(
    current: DataFrame, versions: DataFrame | None, extract: DataFrame, extract_seq: Column, source: CdcSource
) -> DataFrame:
    """Derive a delete, at `extract_seq`, of each row that a full extract lacks, and that was there by then.

    A row that the extract has, but was rejected, is there with the values from before. Rows that changed after
    `extract_seq` are kept. `versions` also has the rows that were there and have changed since.
    """
    older = current.filter(_is_live(source) & (F.col(_SEQ) < extract_seq))
    if versions is not None:
        is_over = F.coalesce(F.col("_seq_to") <= extract_seq, F.lit(False))
        older = versions.filter((F.col(_SEQ) < extract_seq) & ~is_over)
    present = extract.groupBy(*source.key).agg(F.min(F.size("problems") > 0).alias("_is_rejected"))
    older = older.select(*source.names).join(present, list(source.key), "left")
    op, none = F.when(F.col("_is_rejected"), "L").otherwise("D"), F.array().cast("array<string>")
    values = {"_op": op, _SEQ: extract_seq, "is_derived": F.lit(True), "problems": none, "remarks": none}
    nulls = {name: F.lit(None) for name in extract.columns if name not in source.names}
    rows = older.filter(F.coalesce("_is_rejected", F.lit(True))).withColumns({**nulls, **values})
    return rows.select(*(F.col(name).cast(kind) for name, kind in extract.dtypes))


def as_aux_rows(rows: DataFrame, kind: str, source: CdcSource) -> DataFrame:
    """The rows as aux rows of a kind, without `_applied_at`. Partials have their `_unchanged` columns."""
    known = (*source.names, _SEQ, *([UNCHANGED.name] if kind == "partial" else []))
    nulls = {name: F.lit(None).cast(spark_type) for name, spark_type in source.aux.types.items() if name not in known}
    return rows.select(*known).withColumns({**nulls, "kind": F.lit(kind)}).select(*without_applied_at(source.aux.names))


def without_applied_at(names: Sequence[str]) -> list[str]:
    """The names without `_applied_at`."""
    return [name for name in names if name != APPLIED_AT.name]


def _is_live(source: CdcSource) -> Column:
    return ~F.col("_is_deleted") if source.has_soft_deletes else F.lit(True)
