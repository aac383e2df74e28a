"""Delivered changes, typed and judged by themselves."""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.changing import COMMIT_TS, RAW_OP, SEQ, CdcSource
from transforms.changes.order import sequence
from transforms.problems import problems
from transforms.values import is_broken, value

OLD = "old_"
_OF_LINE = ("source_file", "raw_line", "malformed")


def typed_changes(raw: DataFrame, changing: CdcSource, *, load_ts: datetime | None) -> DataFrame:
    """Every delivered change with its typed values, `_op`, `_seq`, `problems` and `remarks`.

    *Grain:* one row per delivered change, and a D besides, `is_derived`, where the key of a row changed and the feed tells the old one as `old_<key>`.
    `raw` has also `row_no`, the place of the change in its file.
    """
    names, old = changing.names, [f"{OLD}{name}" for name in changing.key]
    has_old = set(old) <= set(raw.columns)
    op = _op(changing)
    text = raw.withColumn("_text", F.concat_ws("", *changing.raw.names))
    typed = text.select(
        *(value(name, changing.types[name]).alias(name) for name in names),
        *((value(f"{OLD}{name}", changing.types[name])).alias(f"{OLD}{name}") for name in changing.key if has_old),
        op.alias("_op"),
        _time(changing).alias(COMMIT_TS.name),
        *(name for name in changing.raw.names if name not in (*names, RAW_OP.name, COMMIT_TS.name)),
        _given(changing).alias("_given"),
        is_broken("_text").alias("has_broken_text"),
        _has_time(changing).alias("has_time"),
        *_OF_LINE,
        (F.col("row_no") if "row_no" in raw.columns else F.lit(None).cast("long")).alias("row_no"),
    )
    judged = typed.withColumns({SEQ.name: sequence(changing, load_ts=load_ts), "problems": _problems(changing)})
    told = judged.select(
        *names,
        *(old if has_old else ()),
        "_op",
        SEQ.name,
        "source_file",
        F.when(F.contains("raw_line", F.lit("\0")), F.translate("raw_line", "\0", "\u2400"))
        .otherwise(F.col("raw_line"))
        .alias("raw_line"),
        "problems",
        F.array().cast("array<string>").alias("remarks"),
        F.lit(False).alias("is_derived"),
    )
    return _with_old_keys(told, changing) if has_old else told


def _op(changing: CdcSource) -> Column:
    """One of L, I, U, D, T. *Nulls:* NULL of a word that the feed does not have."""
    word = F.lower(F.trim(F.coalesce(RAW_OP.name, F.lit(""))))
    words = [F.when(word == theirs.lower(), F.lit(ours)) for theirs, ours in changing.ops.items()]
    known = F.coalesce(*words)
    # What the feed inserts as it loads is loaded, however it is called.
    is_loading = F.col("source_file").rlike(r"(?i)/LOAD[0-9A-F]{8}\.[^/]*\z")
    return F.when(is_loading & (known == "I"), F.lit("L")).otherwise(known)


def _time(changing: CdcSource) -> Column:
    return value(COMMIT_TS.name, "timestamp") if changing.has_commit_ts else F.lit(None).cast("timestamp")


def _has_time(changing: CdcSource) -> Column:
    return F.coalesce(F.col(COMMIT_TS.name), F.lit("")) != "" if changing.has_commit_ts else F.lit(False)


def _given(changing: CdcSource) -> Column:
    """Of each column that is no text whether something stands in it."""
    return F.array(*(F.col(name).isNotNull() for name in _no_texts(changing))).cast("array<boolean>")


def _unfit(changing: CdcSource) -> dict[str, Column]:
    """Of each such column whether its text says no value of its type."""
    return {name: F.col("_given")[place] & F.col(name).isNull() for place, name in enumerate(_no_texts(changing))}


def _no_texts(changing: CdcSource) -> list[str]:
    return [name for name, kind in changing.types.items() if kind != "string"]


def _problems(changing: CdcSource) -> Column:
    is_whole, op = ~F.col("malformed"), F.col("_op")
    is_row, unfit = is_whole & op.isNotNull() & (op != "T"), _unfit(changing)
    no_key = F.lit(False)
    for name in changing.key:
        no_key = no_key | (F.col(name).isNull() & ~unfit.get(name, F.lit(False)))
    checks = {
        "truncated_or_malformed": F.col("malformed"),
        "encoding": F.col("has_broken_text"),
        "unknown_op": is_whole & op.isNull(),
        "null_key": is_row & no_key,
    }
    if changing.has_commit_ts:
        checks["unparsable_time"] = is_whole & F.col("has_time") & F.col(COMMIT_TS.name).isNull()
        checks["no_commit_time"] = is_whole & ~F.col("has_time") & (op != "L")
    return problems({**checks, **{f"bad_{name}": is_row & is_unfit for name, is_unfit in unfit.items()}})


def _with_old_keys(changes: DataFrame, changing: CdcSource) -> DataFrame:
    """And where the key changed the row of the old key is deleted at that moment."""
    moved = F.lit(False)
    for name in changing.key:
        moved = moved | (F.col(f"{OLD}{name}").isNotNull() & ~F.col(f"{OLD}{name}").eqNullSafe(F.col(name)))
    is_moved = (F.size("problems") == 0) & (F.col("_op") == "U") & moved
    old = [
        (F.coalesce(f"{OLD}{name}", name) if name in changing.key else F.lit(None).cast(changing.types[name])).alias(
            name
        )
        for name in changing.names
    ]
    wanted = [*changing.names, "_op", SEQ.name, "source_file", "raw_line", "problems", "remarks", "is_derived"]
    gone = changes.filter(is_moved).select(
        *old, F.lit("D").alias("_op"), *wanted[len(old) + 1 : -1], F.lit(True).alias("is_derived")
    )
    return changes.select(*wanted).unionByName(gone)
