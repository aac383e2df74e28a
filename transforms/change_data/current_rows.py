"""Reduce changes to current rows: the highest `_seq` of each key wins, in whatever order changes arrive.

`changes` is the output of `typed_changes` without rejected rows.
"""

from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import APPLIED_AT, SEQ, UNCHANGED
from schemas.cdc_source import CdcSource
from transforms.change_data.change_order import before_snapshot

_SEQ = SEQ.name


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
    """Derive a delete, just before `extract_seq`, of each row that a full extract lacks, and that was there by then.

    That is where an extract that came earlier ends a row. A row that the extract has, but was rejected, is there with
    the values from before. Rows that changed after `extract_seq` are kept. `versions` also has the rows that were there
    and have changed since.
    """
    older = current.filter(is_live(source) & (F.col(_SEQ) < extract_seq))
    if versions is not None:
        is_over = F.coalesce(F.col("_seq_to") <= extract_seq, F.lit(False))
        older = versions.filter((F.col(_SEQ) < extract_seq) & ~is_over)
    present = extract.groupBy(*source.key).agg(F.min(F.size("problems") > 0).alias("_is_rejected"))
    older = older.select(*source.names).join(present, list(source.key), "left")
    op, none = F.when(F.col("_is_rejected"), "L").otherwise("D"), F.array().cast("array<string>")
    seq = F.when(F.col("_is_rejected"), extract_seq).otherwise(before_snapshot(extract_seq))
    values = {"_op": op, _SEQ: seq, "is_derived": F.lit(True), "problems": none, "remarks": none}
    nulls = {name: F.lit(None) for name in extract.columns if name not in source.names}
    rows = older.filter(F.coalesce("_is_rejected", F.lit(True))).withColumns({**nulls, **values})
    return rows.select(*(F.col(name).cast(kind) for name, kind in extract.dtypes))


def missing_from_corrected(
    current: DataFrame, aux: DataFrame, extract: DataFrame, extract_seq: Column, source: CdcSource
) -> DataFrame:
    """The keys of rows that an earlier full extract of the same time has, and this one lacks."""
    is_stored = (F.col("kind") == "extract") & (F.col(_SEQ) == before_snapshot(extract_seq))
    is_known = aux.filter(is_stored).select(F.lit(True).alias("is_known")).limit(1)
    stored = current.filter(is_live(source) & (F.col(_SEQ) == extract_seq)).select(*source.key)
    return stored.join(extract, list(source.key), "left_anti").crossJoin(is_known)


def as_aux_rows(rows: DataFrame, kind: str, source: CdcSource) -> DataFrame:
    """The rows as aux rows of a kind, without `_applied_at`. Partials have their `_unchanged` columns."""
    known = (*source.names, _SEQ, *([UNCHANGED.name] if kind == "partial" else []))
    nulls = {name: F.lit(None).cast(spark_type) for name, spark_type in source.aux.types.items() if name not in known}
    return rows.select(*known).withColumns({**nulls, "kind": F.lit(kind)}).select(*without_applied_at(source.aux.names))


def without_applied_at(names: Sequence[str]) -> list[str]:
    """The names without `_applied_at`."""
    return [name for name in names if name != APPLIED_AT.name]


def is_live(source: CdcSource) -> Column:
    """Whether a row of the current table is not deleted; softly deleted ones are."""
    return ~F.col("_is_deleted") if source.has_soft_deletes else F.lit(True)
