"""Changes of which nothing tells whether they are the last: they stand at one place and say different things."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.changing import SEQ, CdcSource

_SEQ = SEQ.name


def ambiguous(changes: DataFrame, changing: CdcSource) -> DataFrame:
    """The changes of one row that stand at one place and say different things. *Grain:* key and `_seq`."""
    told = [F.when(F.col("_op") != "D", F.col(name)) for name in changing.payload]  # a delete tells nothing of a row
    # A hash passes over NULL: where one stands is told too.
    said = F.xxhash64(
        F.when(F.col("_op") == "D", F.lit("D")).otherwise(F.lit("U")), *told, *(value.isNull() for value in told)
    )
    return (
        changes.filter("_op <> 'T'")
        .groupBy(*changing.key, _SEQ)
        .agg(F.min(said).alias("one"), F.max(said).alias("other"))
        .filter("one <> other")
    )


def contradicted(
    compared: DataFrame, current: DataFrame, aux: DataFrame, versions: DataFrame | None, changing: CdcSource
) -> DataFrame:
    """The changes that stand at the place of one that was applied before, as far as that is kept, and say something else. *Grain:* key and `_seq`."""
    key = list(changing.key)
    again = compared.filter("outcome IN ('replayed', 'stale') AND _op <> 'T'").select(
        *key, _SEQ, "_op", *changing.payload
    )
    if changing.kept_when_null:
        return _of_states(again, aux, changing)
    is_soft = changing.is_deleted_softly
    rows = _told(current.filter("NOT _is_deleted") if is_soft else current, changing.payload, changing)
    gone = current.filter("_is_deleted") if is_soft else aux.filter("kind = 'tombstone'")
    found = _differing(again, rows, changing.payload, changing).unionByName(
        _differing(again, _told(gone, [], changing, is_gone=True), [], changing)
    )
    if versions is None:
        return found
    noted = _told(aux.filter("kind = 'noop'"), changing.payload, changing)
    begun = _told(versions, changing.versioned, changing)  # what makes no version is overwritten in it
    return found.unionByName(_differing(again, noted, changing.payload, changing)).unionByName(
        _differing(again, begun, changing.versioned, changing)
    )


def _told(rows: DataFrame, names: list[str], changing: CdcSource, *, is_gone: bool = False) -> DataFrame:
    """What was applied: at which place, whether the row went, and what else it said."""
    said = F.struct(*names) if names else F.lit(True)
    return rows.select(*changing.key, _SEQ, said.alias("told"), F.lit(is_gone).alias("was_gone"))


def _differing(again: DataFrame, told: DataFrame, names: list[str], changing: CdcSource) -> DataFrame:
    said, is_gone = F.struct(*names) if names else F.lit(True), F.col("_op") == "D"
    differs = (is_gone != F.col("was_gone")) | (~is_gone & ~said.eqNullSafe(F.col("told")))
    return again.join(told, [*changing.key, _SEQ]).filter(differs).select(*changing.key, _SEQ)


def _of_states(again: DataFrame, aux: DataFrame, changing: CdcSource) -> DataFrame:
    """The same where of each row only the last value of each column is kept."""
    was = [F.col(name).alias(f"was_{place}") for place, name in enumerate(changing.payload)]
    states = aux.filter("kind = 'state'").select(*changing.key, "_seqs", "_upsert_seq", "_delete_seq", *was)
    is_gone = F.col("_op") == "D"

    def differs(place: int, name: str) -> Column:
        gives = F.col(name).isNotNull() | ~F.col("_op").isin("U") if name in changing.kept_when_null else F.lit(True)
        return (F.col("_seqs")[name] == F.col(_SEQ)) & gives & ~F.col(name).eqNullSafe(F.col(f"was_{place}"))

    others = reduce(
        lambda one, other: one | other,
        (differs(place, name) for place, name in enumerate(changing.payload)),
        F.lit(False),
    )
    is_other = F.when(is_gone, F.col("_upsert_seq") == F.col(_SEQ)).otherwise(
        (F.col("_delete_seq") == F.col(_SEQ)) | others
    )
    return again.join(states, list(changing.key)).filter(is_other).select(*changing.key, _SEQ)
