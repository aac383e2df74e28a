"""Find changes of one row that have the same position but different content, so that none can be the last."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource

_SEQ = SEQ.name
_PLACE = ("source_file", "row_no")


def ambiguous_changes(changes: DataFrame, source: CdcSource) -> DataFrame:
    """Where changes of this batch are with the same position and different content. *Grain:* key and `_seq`.

    `has_delete` tells whether one of them is a delete.
    """
    values = [F.when(F.col("_op") != "D", F.col(name)) for name in source.payload]  # a delete has no values
    # xxhash64 skips NULLs: their positions are hashed too.
    content = F.xxhash64(
        F.when(F.col("_op") == "D", F.lit("D")).otherwise(F.lit("U")),
        *values,
        *(value.isNull() for value in values),
        "_unchanged",
    )
    one = F.struct(content.alias("content"), "source_file", "row_no")
    return (
        changes.filter("_op <> 'T'")
        .groupBy(*source.key, _SEQ)
        .agg(F.min(one).alias("one"), F.max(one).alias("other"), F.max(F.col("_op") == "D").alias("has_delete"))
        .filter("one.content <> other.content")
        .select(
            *("one.source_file", "one.row_no"),
            F.col("other.source_file").alias("other_file"),
            F.col("other.row_no").alias("other_row"),
            "has_delete",
        )
    )


def contradicting_changes(
    compared: DataFrame, current: DataFrame, aux: DataFrame, versions: DataFrame | None, source: CdcSource
) -> DataFrame:
    """Where changes are with the position of an applied change, but different content. *Grain:* change.

    Compares with what the tables still store of applied changes.
    """
    key = list(source.key)
    repeated = compared.filter("outcome IN ('replayed', 'stale') AND _op <> 'T'").select(
        *key, _SEQ, "_op", "_unchanged", *source.payload, *_PLACE
    )
    if source.has_partial_updates:
        return _contradicting_states(repeated, aux, source)
    is_soft = source.has_soft_deletes
    live = _applied_content(current.filter("NOT _is_deleted") if is_soft else current, source.payload, source)
    deleted = current.filter("_is_deleted") if is_soft else aux.filter("kind = 'tombstone'")
    differences = _differing(repeated, live, source.payload, source).unionByName(
        _differing(repeated, _applied_content(deleted, [], source, is_gone=True), [], source)
    )
    if versions is None:
        return differences
    hidden = _applied_content(aux.filter("kind = 'noop'"), source.payload, source)
    # Columns that start no version are overwritten in it.
    started = _applied_content(versions, source.versioned_columns, source)
    return differences.unionByName(_differing(repeated, hidden, source.payload, source)).unionByName(
        _differing(repeated, started, source.versioned_columns, source)
    )


def late_key_changes_of_rows(compared: DataFrame, versions: DataFrame, source: CdcSource) -> DataFrame:
    """Stale changes with another key before them of rows that were there at their position. *Grain:* change."""
    late = compared.filter((F.col("outcome") == "stale") & (F.col("_op") == "U")).filter(
        F.array_contains("remarks", "key_change")
    )
    was_there = versions.select(*source.key, F.col(_SEQ).alias("_from"), F.col("_seq_to").alias("_to"))
    is_within = (F.col("_from") < F.col(_SEQ)) & F.coalesce(F.col(_SEQ) < F.col("_to"), F.lit(True))
    return late.join(was_there, list(source.key)).filter(is_within).select("source_file")


def _applied_content(rows: DataFrame, names: list[str], source: CdcSource, *, is_gone: bool = False) -> DataFrame:
    """Position and content of applied changes; `is_gone` marks deletes."""
    content = F.struct(*names) if names else F.lit(True)
    return rows.select(*source.key, _SEQ, content.alias("_applied_content"), F.lit(is_gone).alias("was_gone"))


def _differing(repeated: DataFrame, applied: DataFrame, names: list[str], source: CdcSource) -> DataFrame:
    content, is_gone = F.struct(*names) if names else F.lit(True), F.col("_op") == "D"
    differs = (is_gone != F.col("was_gone")) | (~is_gone & ~content.eqNullSafe(F.col("_applied_content")))
    return repeated.join(applied, [*source.key, _SEQ]).filter(differs).select(*_PLACE)


def _contradicting_states(repeated: DataFrame, aux: DataFrame, source: CdcSource) -> DataFrame:
    """The same for states, which keep only the last value of each column."""
    stored = [F.col(name).alias(f"was_{place}") for place, name in enumerate(source.payload)]
    states = aux.filter("kind = 'state'").select(*source.key, "_seqs", "_upsert_seq", "_delete_seq", *stored)
    is_gone = F.col("_op") == "D"

    def differs(place: int, name: str) -> Column:
        is_set = F.coalesce(~F.array_contains("_unchanged", name), F.lit(True))
        return (F.col("_seqs")[name] == F.col(_SEQ)) & is_set & ~F.col(name).eqNullSafe(F.col(f"was_{place}"))

    has_other_value = reduce(
        lambda left, right: left | right,
        (differs(place, name) for place, name in enumerate(source.payload)),
        F.lit(False),
    )
    contradicts = F.when(is_gone, F.col("_upsert_seq") == F.col(_SEQ)).otherwise(
        (F.col("_delete_seq") == F.col(_SEQ)) | has_other_value
    )
    return repeated.join(states, list(source.key)).filter(contradicts).select(*_PLACE)
