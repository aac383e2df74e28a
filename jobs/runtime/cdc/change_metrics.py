"""Count delivered changes, and measure what files hold of the log of their source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from schemas.cdc_columns import INCOMPLETE, SEQ, UNCHANGED
from schemas.cdc_feed import BEFORE_IMAGE
from schemas.cdc_source import CdcSource
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.log_restarts import has_log_place

# Letters that stand for operations, and often for something else.
_AMBIGUOUS_LETTERS = frozenset("bcdlrt")


@dataclass(frozen=True)
class FileRange:
    """The first and last place and commit time of the changes in a file."""

    path: str
    first_place: str
    last_place: str
    first_time: datetime
    last_time: datetime


def count_by_file(
    validated: DataFrame, horizon: RetentionHorizon, is_of_other_log: Column, is_earlier_in_binlog: Column
) -> list[Row]:
    """Count the `rows` and the `before_images`, which are no changes, per source_file.

    Flags tell what valid changes a file has.

    `has_truncate`; `has_old`, before the horizon; `has_placeholder`, with values that did not change; `has_other_log`;
    `has_moved_insert`, a row other than an update with another key before it;
    `has_time`. `lacks_time` and `lacks_sequence` tell of changes that are not. `newest` is the `time` of the newest
    change, UTC, as text, and whether it `is_earlier` in the binlog; NULL without a change that has a time.
    """
    is_valid = F.size("problems") == 0
    flags = {
        "has_truncate": is_valid & (F.col("_op") == "T"),
        "has_old": is_valid & is_before_horizon(horizon),
        "has_other_log": is_valid & F.coalesce(is_of_other_log, F.lit(False)),
        "has_time": is_valid & (F.col("_op") != "L"),
        "lacks_time": F.array_contains("problems", "no_commit_time"),
        "lacks_sequence": F.array_contains("problems", "no_sequence"),
        "has_moved_insert": is_valid & F.array_contains("remarks", "moved_insert"),
        "has_placeholder": is_valid & F.col(UNCHANGED.name).isNotNull(),
    }
    kinds = {"rows": ~is_before_image(), "before_images": is_before_image()}
    counts = [F.count_if(condition).alias(kind) for kind, condition in kinds.items()]
    found = [F.max(condition).alias(flag) for flag, condition in flags.items()]
    time = F.col(f"{SEQ.name}.commit_ts")
    is_change = is_valid & (F.col("_op") != "L") & time.isNotNull()
    newest = F.struct(
        time.cast("string").alias("time"), F.coalesce(is_earlier_in_binlog, F.lit(False)).alias("is_earlier")
    )
    found.append(F.max(F.when(is_change, newest)).alias("newest"))
    return validated.groupBy("source_file").agg(*counts, *found).collect()


def is_before_image() -> Column:
    """Whether a row is that before an update."""
    return F.coalesce(F.col("_op") == BEFORE_IMAGE, F.lit(False))


def ranges_by_file(validated: DataFrame, *, of_loads: bool = False) -> list[FileRange]:
    """The ranges of the files with timed changes, or with timed rows of full loads at a place in the log."""
    place, time = F.col(f"{SEQ.name}.change_seq"), F.col(f"{SEQ.name}.commit_ts")
    is_load = F.col("_op") == "L"
    is_one = is_load & has_log_place(place) if of_loads else ~is_load
    changes = validated.filter((F.size("problems") == 0) & is_one & time.isNotNull())
    ends = (F.min(place), F.max(place), F.min(time).cast("string"), F.max(time).cast("string"))
    return [
        FileRange(path, first, last, *(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in times))
        for path, first, last, *times in changes.groupBy("source_file").agg(*ends).orderBy("source_file").collect()
    ]


def columns_of_operations(rows: DataFrame, columns: Sequence[str], ops: Mapping[str, str]) -> dict[str, list[str]]:
    """Those of the columns that hold nothing but operations of changes, or words for several -> these, sorted.

    Of letters, several are needed: one alone, or c and d, may be a size, a grade, credit or debit.
    """
    known = [code for code in ops if code]
    code = {name: F.nullif(F.lower(F.trim(name)), F.lit("")) for name in columns}
    found = {
        name: F.struct(F.bool_and(one.isin(known)), F.array_sort(F.collect_set(F.when(one.isin(known), one))))
        for name, one in code.items()
    }
    codes = rows.agg(*(values.alias(name) for name, values in found.items())).collect()[0].asDict() if found else {}
    return {name: values for name, (are_all, values) in codes.items() if _are_operations(values, ops, are_all=are_all)}


def _are_operations(codes: Sequence[str], ops: Mapping[str, str], *, are_all: bool | None) -> bool:
    """Whether `codes` are operations of changes. `are_all`: the column has no others; None without values."""
    words = [code for code in codes if len(code) > 1]
    changes, of_words = ({ops[code] for code in some} & {"I", "U", "D"} for some in (codes, words))
    if not are_all:
        return len(of_words) > 1
    return bool(changes) and (words == codes or (len(changes) > 1 and not {*codes} <= _AMBIGUOUS_LETTERS))


def is_before_horizon(horizon: RetentionHorizon) -> Column:
    """Whether tombstones may be missing for a change as old as this one."""
    moments = [moment for moment in (horizon.deletes, horizon.loads) if moment]
    return F.coalesce(F.col(f"{SEQ.name}.commit_ts") < F.lit(max(moments)), F.lit(False)) if moments else F.lit(False)


def count_changes(validated: DataFrame, compared: DataFrame) -> list[Row]:
    """Count the changes by file, outcome, problems, remarks, operation, `is_derived` and `_row_change`.

    `newest` is the newest commit time of each group, UTC, as text; `place` the greatest change_seq.
    """
    kinds = ("source_file", "outcome", "problems", "remarks", "_op", "is_derived", "_row_change")
    nothing = {name: F.lit(None).cast(kind) for name, kind in (("outcome", "string"), ("_row_change", "string"))}
    rejected = validated.filter(F.size("problems") > 0).withColumns(
        {**nothing, SEQ.name: F.lit(None).cast(SEQ.type), "is_derived": F.lit(False)}
    )
    problems = F.when(F.col("outcome") == "beyond_retention", F.array(F.lit("beyond_retention"))).otherwise(
        F.col("problems")
    )
    valid = compared.withColumn("problems", problems)
    position = [F.col(f"{SEQ.name}.{name}") for name in ("commit_ts", "change_seq")]
    changes = rejected.select(*kinds, *position).unionByName(valid.select(*kinds, *position))
    newest, place = F.max("commit_ts").cast("string").alias("newest"), F.max("change_seq").alias("place")
    return changes.groupBy(*kinds).agg(F.count("*").alias("rows"), newest, place).collect()


def count_row_changes(before: DataFrame, keys: DataFrame | None, after: DataFrame, source: CdcSource) -> DataFrame:
    """Count the inserted, deleted and updated current rows, and which are `incomplete`. *Grain:* one row per `kind`.

    `keys` are the replaced keys; None stands for all.
    """
    key, is_incomplete = list(source.key), F.col(INCOMPLETE.name) if source.has_placeholders else F.lit(False)
    replaced = before if keys is None else before.join(keys, on=key, how="left_semi")
    sides = replaced.select(*key, F.lit(True).alias("was")).join(
        after.select(*key, F.lit(True).alias("is"), is_incomplete.alias("incomplete")), on=key, how="full_outer"
    )
    kind = F.when(F.col("was").isNull(), "inserted").when(F.col("is").isNull(), "deleted").otherwise("updated")
    counts = F.count("*").alias("rows"), F.count_if("incomplete").alias("incomplete")
    return sides.groupBy(kind.alias("kind")).agg(*counts)
