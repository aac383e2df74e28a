"""Changes reduced to what they leave: the last one of each row decides, whenever it comes.

A frame of changes is what `typed_changes` makes, without its bad rows; once compared it has also `outcome`: applied, stale, replayed or
beyond_retention. `near` are the current rows of the keys that change, `noted` the same of what is remembered besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.changing import APPLIED_AT, SEQ, CdcSource
from transforms.problems import problems

_SEQ = SEQ.name


def near(rows: DataFrame, changes: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key is among those that change."""
    return rows.join(changes.filter("_op <> 'T'").select(*key), on=list(key), how="left_semi")


def truncated(changes: DataFrame, aux: DataFrame) -> DataFrame:
    """Up to where all rows were removed. *Grain:* one row; `truncate_seq`, and `truncate_before` without these changes. *Nulls:* NULL where nothing was."""
    both = (
        changes.filter("_op = 'T'")
        .select(_SEQ, F.lit(False).alias("is_old"))
        .unionByName(aux.filter("kind = 'truncate'").select(_SEQ, F.lit(True).alias("is_old")))
    )
    return both.agg(
        F.max(_SEQ).alias("truncate_seq"), F.max(F.when(F.col("is_old"), F.col(_SEQ))).alias("truncate_before")
    )


@dataclass(frozen=True)
class Forgotten:
    """What is not known any more: rows that were deleted up to `deletes` may be forgotten, and up to `loads` some are."""

    deletes: datetime | None = None
    loads: datetime | None = None


def compared(
    changes: DataFrame,
    near: DataFrame,
    noted: DataFrame,
    truncated: DataFrame,
    changing: CdcSource,
    *,
    forgotten: Forgotten,
) -> DataFrame:
    """The changes with their `outcome`, the remark `op_anomaly` where one inserts what is there or updates what is not, and whether it `is_last`.

    What is older than what is `forgotten`, and of a row that nobody knows, may be of a deleted one; a row that is loaded, if some are.
    """
    of_row = near.select(*changing.key, F.col(_SEQ).alias("row_seq"), _is_there(changing).alias("is_there"))
    of_gone = (
        noted.filter("kind IN ('tombstone', 'state')")
        .groupBy(*changing.key)
        .agg(F.max(_known(noted)).alias("gone_seq"))
    )
    rows = (
        changes.join(of_row, list(changing.key), "left")
        .join(of_gone, list(changing.key), "left")
        .crossJoin(F.broadcast(truncated))
    )
    known, is_truncate = F.greatest("row_seq", "gone_seq"), F.col("_op") == "T"
    floor = F.when(is_truncate, F.col("truncate_before")).otherwise(F.col("truncate_seq"))
    is_doubtful = known.isNull() & _may_be_forgotten(changing, forgotten)
    outcome = (
        F.when(is_truncate & (F.col(_SEQ) == floor), "replayed")
        .when(F.col(_SEQ) <= floor, "stale")
        .when(is_truncate, "applied")
        .when(is_doubtful, "beyond_retention")
        .when(F.col(_SEQ) == known, "replayed")
        .when(F.col(_SEQ) < known, "stale")
        .otherwise("applied")
    )
    # The line is wanted only of those that are refused; it is most of what is sorted and kept of the others.
    line = F.when(F.col("outcome") == "beyond_retention", F.col("raw_line"))
    return _with_anomalies(rows.withColumn("outcome", outcome).withColumn("raw_line", line), changing)


def _may_be_forgotten(changing: CdcSource, forgotten: Forgotten) -> Column:
    """Whether a change is so old, as are all that come with it of its row."""
    committed, op = F.col(f"{_SEQ}.commit_ts"), F.col("_op")
    is_old = F.lit(False)
    if forgotten.deletes:
        is_old = is_old | (op.isin("I", "U", "D") & (committed < F.lit(forgotten.deletes)))
    if forgotten.loads:
        is_old = is_old | ((op == "L") & (committed < F.lit(forgotten.loads)))
    if not (forgotten.deletes or forgotten.loads):
        return is_old
    return is_old & ~F.max(F.coalesce(~is_old, F.lit(False))).over(Window.partitionBy(*changing.key, op == "T"))


def _with_anomalies(rows: DataFrame, changing: CdcSource) -> DataFrame:
    of_key = Window.partitionBy(*changing.key, F.col("outcome") == "applied").orderBy(
        _SEQ, "_op", "is_derived"
    )  # total: no two say different things
    before, is_last = F.lag("_op").over(of_key), F.lead("_op").over(of_key).isNull()
    was_there = F.when(before.isNotNull(), before != "D").otherwise(
        F.coalesce(F.col("is_there") & _survives(), F.lit(False))
    )
    is_odd = F.col("outcome").eqNullSafe("applied") & (
        ((F.col("_op") == "I") & was_there) | ((F.col("_op") == "U") & ~was_there)
    )
    remarks = F.concat("remarks", problems({"op_anomaly": is_odd}))
    return rows.withColumns({"remarks": remarks, "is_last": is_last & (F.col("outcome") == "applied")}).drop(
        "row_seq", "gone_seq", "is_there", "truncate_seq", "truncate_before"
    )


def _survives() -> Column:
    return F.coalesce(F.col("row_seq") > F.col("truncate_seq"), F.lit(True))


def last(compared: DataFrame, changing: CdcSource) -> DataFrame:
    """The last change that counts. *Grain:* one row per key; `_op` is D where the row is gone."""
    return compared.filter("is_last AND _op <> 'T'").select(*changing.key, _SEQ, "_op", *changing.payload)


def upserted(last: DataFrame, changing: CdcSource, *, applied_at: datetime) -> DataFrame:
    """The current rows that the changes leave."""
    rows = last.withColumn(APPLIED_AT.name, F.lit(applied_at))
    if changing.is_deleted_softly:
        is_deleted = F.col("_op") == "D"
        rows = rows.withColumns(
            {"_is_deleted": is_deleted, "_deleted_at": F.when(is_deleted, F.col(f"{_SEQ}.commit_ts"))}
        )
    else:
        rows = rows.filter("_op <> 'D'")
    return rows.select(*changing.current.names)


def surviving(rows: DataFrame, keys: DataFrame, truncated: DataFrame) -> DataFrame:
    """The rows of other keys that came after the last truncate."""
    others = rows.join(keys, on=keys.columns, how="left_anti").crossJoin(F.broadcast(truncated))
    return others.filter(F.coalesce(F.col(_SEQ) > F.col("truncate_seq"), F.lit(True))).drop(
        "truncate_seq", "truncate_before"
    )


def tombstones(last: DataFrame, changing: CdcSource) -> DataFrame:
    """What is remembered of rows that are gone."""
    return noted_as(last.filter("_op = 'D'"), "tombstone", changing)


def truncates(changes: DataFrame, aux: DataFrame) -> DataFrame:
    """Where all rows were removed. *Grain:* one row per truncate."""
    return changes.filter("_op = 'T'").select(_SEQ).unionByName(aux.filter("kind = 'truncate'").select(_SEQ)).distinct()


def remembered(truncates: DataFrame, changing: CdcSource) -> DataFrame:
    """What is remembered of truncates: of history each, else the last."""
    nothing = {name: F.lit(None).cast(kind) for name, kind in changing.types.items()}
    kept = (
        truncates
        if changing.history is not None
        else truncates.agg(F.max(_SEQ).alias(_SEQ)).filter(F.col(_SEQ).isNotNull())
    )
    return noted_as(kept.withColumns(nothing), "truncate", changing)


def balanced(before: DataFrame, keys: DataFrame | None, after: DataFrame, changing: CdcSource) -> DataFrame:
    """How many current rows come, go, and are written anew. *Grain:* one row per `kind`."""
    key = list(changing.key)
    goes = before if keys is None else before.join(keys, on=key, how="left_semi")
    sides = goes.select(*key, F.lit(True).alias("was")).join(
        after.select(*key, F.lit(True).alias("is")), on=key, how="full_outer"
    )
    kind = F.when(F.col("was").isNull(), "inserted").when(F.col("is").isNull(), "deleted").otherwise("updated")
    return sides.groupBy(kind.alias("kind")).agg(F.count("*").alias("rows"))


def refused_changes(judged: DataFrame, compared: DataFrame) -> DataFrame:
    """The changes with a problem, as they came; also those of which nobody can tell any more whether they count."""
    bad = judged.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")
    late = compared.filter("outcome = 'beyond_retention' AND NOT is_derived")
    return bad.unionByName(late.select("raw_line", F.array(F.lit("beyond_retention")).alias("problems"), "source_file"))


def absent(current: DataFrame, extract: DataFrame, begun: Column, changing: CdcSource) -> DataFrame:
    """Deletes, at the place where a full extract begun, of the rows that it does not have and that did not change after it."""
    is_there = current.filter(_is_there(changing) & (F.col(_SEQ) < begun))
    gone = is_there.join(extract.select(*changing.key).distinct(), on=list(changing.key), how="left_anti").select(
        *changing.names
    )
    said: dict[str, Column] = {
        "_op": F.lit("D"),
        _SEQ: begun,
        "is_derived": F.lit(True),
        "problems": F.array().cast("array<string>"),
    }
    nothing = {name: F.lit(None) for name in extract.columns if name not in gone.columns}
    rows = gone.withColumns({**nothing, **said, "remarks": said["problems"]})
    return rows.select(*(F.col(name).cast(kind) for name, kind in extract.dtypes))


def noted_as(rows: DataFrame, kind: str, changing: CdcSource) -> DataFrame:
    """The rows as something to be remembered."""
    known = (*changing.names, _SEQ)
    nothing = {
        name: F.lit(None).cast(spark_type) for name, spark_type in changing.aux.types.items() if name not in known
    }
    return rows.select(*known).withColumns({**nothing, "kind": F.lit(kind)}).select(*but_when(changing.aux.names))


def but_when(names: Sequence[str]) -> list[str]:
    """The columns but for that which says when a run wrote the row."""
    return [name for name in names if name != APPLIED_AT.name]


def _known(noted: DataFrame) -> Column:
    return F.greatest("_upsert_seq", "_delete_seq") if "_upsert_seq" in noted.columns else F.col(_SEQ)


def _is_there(changing: CdcSource) -> Column:
    return ~F.col("_is_deleted") if changing.is_deleted_softly else F.lit(True)
