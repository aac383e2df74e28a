"""The outcome of each change: applied, stale, replayed or beyond_retention."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.cdc_columns import FEED_FIRST_SEQ, SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.current_rows import is_live
from transforms.change_data.file_order import file_order
from transforms.change_data.log_restarts import place_remarks
from transforms.problems import problems

_SEQ = SEQ.name
# Temporary columns for comparing a change with its neighbours. No column of a source is stored with a leading _.
_TEMPORARY = ("_previous_op", "_is_again", "_delivered", "_earlier", "_later", "_is_after_later", "_is_loaded")


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

    `current` and `aux` hold at least the rows of the changed keys. `op_anomaly` marks an insert of an existing row,
    an update of a missing one, and a new key that another row has; for other remarks see place_remarks. A change of an
    unknown key that is older than the `horizon` is beyond_retention: its row may have been deleted.
    """
    live = current.select(
        *source.key, F.col(_SEQ).alias("row_seq"), F.col("_op").alias("row_op"), is_live(source).alias("is_there")
    )
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
    is_applied, op = F.col("outcome") == "applied", F.col("_op")
    by_key = Window.partitionBy(*source.key, is_applied).orderBy(_SEQ, "_op", "is_derived")  # total: ties are equal
    is_equal = (F.lag(_SEQ).over(by_key) == F.col(_SEQ)) & (F.lag(op).over(by_key) == op)
    beside = rows.withColumns(
        {
            "_previous_op": F.lag(op).over(by_key),
            # Delivered twice: with other values, it would be ambiguous.
            "_is_again": F.coalesce(is_equal, F.lit(False)),
            "is_last": F.lead(op).over(by_key).isNull() & is_applied,
        }
    )
    if source.seq != FEED_FIRST_SEQ:
        return beside
    known = F.greatest("row_seq", "gone_seq", "truncate_seq")
    place = F.struct(file_order(F.col("source_file"), F.lit(False)), "row_no")
    # Of a change that was delivered several times, the first delivery counts.
    delivered = beside.withColumn("_delivered", F.min(place).over(Window.partitionBy(*source.key, is_applied, _SEQ)))
    is_after_later = F.when(is_applied, F.col("_delivered") > F.lead("_delivered").over(by_key)).otherwise(op != "L")
    return delivered.withColumns(
        {
            # The stored change before the first applied one.
            "_earlier": F.when(is_applied & F.col("_previous_op").isNull(), known),
            "_is_loaded": F.coalesce((F.col("row_seq") == known) & (F.col("row_op") == "L"), F.lit(False)),
            "_later": F.when(is_applied, F.lead(_SEQ).over(by_key)).when(F.col("outcome") == "stale", known),
            "_is_after_later": is_after_later,
        }
    )


def _with_anomalies(rows: DataFrame, source: CdcSource) -> DataFrame:
    previous_op = F.col("_previous_op")
    row_exists = F.when(previous_op.isNotNull(), previous_op != "D").otherwise(
        F.coalesce(F.col("is_there") & _survives(), F.lit(False))
    )
    is_key_change = F.array_contains("remarks", "key_change")
    needs_row = (F.col("_op") == "U") & ~is_key_change
    needs_no_row = (F.col("_op") == "I") | ((F.col("_op") == "U") & is_key_change)
    is_unexpected = (needs_no_row & row_exists) | (needs_row & ~row_exists)
    is_anomaly = F.col("outcome").eqNullSafe("applied") & is_unexpected & ~F.col("_is_again")
    earlier, later = F.col("_earlier"), F.col("_later")
    is_of_run = F.col("outcome") == "applied"
    flags = {name: F.col(f"_{name}") for name in ("is_loaded", "is_after_later")}
    remarks = place_remarks(earlier, later, source, is_of_run=is_of_run, **flags)
    found = problems({"op_anomaly": is_anomaly, **remarks})
    marked = _with_neighbours(rows, source).withColumns(
        {"remarks": F.concat("remarks", found), "_row_change": _row_change(source)}
    )
    return marked.drop("row_seq", "row_op", "gone_seq", "is_there", "truncate_seq", "truncate_before", *_TEMPORARY)


def _row_change(source: CdcSource) -> Column:
    """What the last change of a key does to its current row: inserted, updated or deleted.

    *Nulls:* NULL for other changes, and for a delete of a missing row.
    """
    was, is_kept = F.col("row_seq").isNotNull(), (F.col("_op") != "D") | F.lit(source.has_soft_deletes)
    change = F.when(was & is_kept, "updated").when(is_kept, "inserted").when(was, "deleted")
    return F.when(F.col("is_last") & (F.col("_op") != "T"), change)


def _survives() -> Column:
    return F.coalesce(F.col("row_seq") > F.col("truncate_seq"), F.lit(True))
