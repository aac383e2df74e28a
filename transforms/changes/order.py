"""Where a change stands among all changes of its source."""

from datetime import UTC, datetime

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.changing import BY_FILE, BY_PLACE, CHANGE_SEQ, COMMIT_TS, CdcSource

# The task that made a full load began before every change, where nobody says when.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS_OF_A_TIME, _DIGITS_OF_A_DAY = 17, 8
_DIGITS_OF_A_COUNT = 19
# Of a load the place that is before all others of its moment.
_OF_LOAD = "-1"
_MORE = "1000000000000000000"
_LOAD_FILE = r"(?i)\ALOAD[0-9A-F]{8}\z"


def sequence(changing: CdcSource, *, load_ts: datetime | None) -> Column:
    """`_seq` of a delivered change with a typed `commit_ts`, `_op`, source_file and row_no: it compares from left to right.

    A row of the full load without a time of its own stands before every change from `load_ts` on. What has no place by the feed has that
    of its file and row. *Nulls:* commit_ts is NULL where neither the change nor the name of its file tells a time.
    """
    is_load = F.col("_op") == "L"
    began = F.lit(load_ts or EARLIEST)
    by_file = F.concat(file_order(F.col("source_file"), is_load), F.lit(" "), _count("row_no"))
    # At one moment a load stands before every change, whatever the feed calls the places of these.
    place_in_files = (
        F.when(is_load, F.concat(F.lit("-"), by_file)).otherwise(by_file) if changing.has_commit_ts else by_file
    )
    places = [_place(name, place_in_files) for name in changing.sequence if name != COMMIT_TS.name]
    change_seq = F.concat_ws(" ", *places) if places else F.lit("")
    if changing.has_commit_ts:
        change_seq = F.when(is_load & F.col(COMMIT_TS.name).isNull(), F.lit(_OF_LOAD)).otherwise(change_seq)
        commit_ts = F.coalesce(COMMIT_TS.name, F.when(is_load, began))
    elif tuple(changing.sequence) == (BY_FILE,):
        commit_ts = F.when(is_load, began).otherwise(file_time(F.col("source_file")))
    else:
        commit_ts = F.lit(None).cast("timestamp")
    if changing.is_tied_by_op:
        rank = (
            F.when(is_load, F.lit("0"))
            .when(F.col("_op") == "I", F.lit("1"))
            .when(F.col("_op") == "U", F.lit("2"))
            .otherwise(F.lit("3"))
        )
        change_seq = F.concat(change_seq, F.lit(" "), rank)
    told = {"commit_ts": commit_ts, "change_seq": change_seq}
    return F.struct(*(told[name].alias(name) for name in changing.places))


def snapshot_place(changing: CdcSource, load_ts: datetime) -> Column | None:
    """Where a full extract of that time begins: after every earlier change. None of a table whose changes are not in the order of times."""
    if changing.seq == BY_PLACE or (not changing.has_commit_ts and tuple(changing.sequence) != (BY_FILE,)):
        return None
    return F.struct(F.lit(load_ts).alias("commit_ts"), F.lit(_OF_LOAD).alias("change_seq"))


def file_order(path: Column, is_load: Column) -> Column:
    """Text by which files are in their order: full loads first, each kind by the counter or the time in its name, then by the name."""
    stem = _stem(path)
    hex_digits = F.lower(F.substring(stem, 5, 8))
    of_load_file = F.concat(F.lit("0"), F.lpad(hex_digits, _DIGITS_OF_A_TIME, "0"))
    digits = _digits(stem)
    is_time = F.length(digits) >= _DIGITS_OF_A_DAY
    filled = F.when(is_time, F.rpad(digits, _DIGITS_OF_A_TIME, "0")).otherwise(F.lpad(digits, _DIGITS_OF_A_TIME, "0"))
    of_other = F.concat(F.when(is_load, F.lit("0")).otherwise(F.lit("1")), filled, F.lit(" "), stem)
    return F.when(stem.rlike(_LOAD_FILE), of_load_file).otherwise(of_other)


def file_time(path: Column) -> Column:
    """The time that the name of a change file tells, UTC, such as 20190101-101010123 or CDC_2019-01-01. *Nulls:* NULL where it tells none."""
    digits = _digits(_stem(path))
    full = F.rpad(digits, _DIGITS_OF_A_TIME, "0")

    def part(start: int, length: int) -> Column:
        return F.substring(full, start, length)

    day = F.concat_ws("-", part(1, 4), part(5, 2), part(7, 2))
    moment = F.concat(day, F.lit(" "), F.concat_ws(":", part(9, 2), part(11, 2), part(13, 2)), F.lit("."), part(15, 3))
    return F.when(F.length(digits) >= _DIGITS_OF_A_DAY, F.try_to_timestamp(moment))


def _place(name: str, by_file: Column) -> Column:
    """One part of the place, as text that compares as what it says does: counters are filled with zeros, numbers moved above zero before."""
    if name == BY_FILE:
        return by_file
    text = F.coalesce(F.col(name), F.lit(""))
    if name != CHANGE_SEQ.name:
        number = (
            (F.expr(f"try_cast(`{name}` AS decimal(38,9))") + F.lit(_MORE).cast("decimal(38,9)"))
            .cast("decimal(38,9)")
            .cast("string")
        )
        return F.when(text.rlike(r"\A[+-]?\d{1,18}(\.\d{1,9})?\z"), F.lpad(number, 29, "0")).otherwise(text)
    counted = F.when(text.rlike(rf"\A\d{{1,{_DIGITS_OF_A_COUNT}}}\z"), F.lpad(text, _DIGITS_OF_A_COUNT, "0")).otherwise(
        text
    )
    return F.coalesce(F.when(text != "", counted), by_file)


def _count(name: str) -> Column:
    return F.lpad(F.coalesce(F.col(name), F.lit(0)).cast("string"), _DIGITS_OF_A_COUNT, "0")


def _stem(path: Column) -> Column:
    """The name of a file without its folder and what tells its format."""
    return F.regexp_replace(
        F.regexp_replace(path, r"\A.*/", ""), r"(?i)(\.(csv|txt|tsv|json|jsonl|ndjson|parquet|gz|snappy|zstd))+\z", ""
    )


def _digits(stem: Column) -> Column:
    return F.substring(F.regexp_replace(stem, r"\D", ""), 1, _DIGITS_OF_A_TIME)
