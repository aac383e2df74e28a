"""`_seq`: the position of a change among all changes of its source."""

from datetime import UTC, datetime

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.cdc_columns import FEED_FIRST_SEQ
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS
from schemas.cdc_source import BY_FILE, CdcSource
from transforms.change_data.file_order import file_order, file_time
from transforms.change_data.log_places import sortable_number, sortable_place

# The start of a full load whose time is unknown: before every change.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_DIGITS = 19
# The change_seq of a full load without a commit time: sorts before those of changes at its commit time.
_LOAD_SEQ = "-1"
# Sorts before every change_seq.
_FIRST_SEQ = "-"
# Numbers of up to so many digits are compared as numbers, also hexadecimal ones.
_NUMBER_DIGITS, _NUMBER = 27, "decimal(36,9)"
_HEXADECIMAL = rf"\A(0[xX])?[0-9A-Fa-f]{{1,{_NUMBER_DIGITS}}}\z"
_DIGITS, _FRACTION = rf"\d{{1,{_NUMBER_DIGITS}}}", r"\.\d{1,18}"
# A number with an exponent has a point or a sign, or one digit before it: 00E4 is hexadecimal.
_DECIMAL = rf"\A[+-]?({_DIGITS}({_FRACTION}([eE][+-]?\d\d?)?|[eE][+-]\d\d?)?|[1-9][eE]\d\d?)\z"
# Added to numbers, so that negative ones sort as text too. Sums of these types are exact.
_NUMBER_OFFSET, _OFFSET_TYPE, _NUMBER_LENGTH = f"1{'0' * _NUMBER_DIGITS}", "decimal(37,9)", 38


def sequence(source: CdcSource, *, load_ts: datetime | None) -> Column:
    """`_seq` of a change with typed `commit_ts`, `_op`, source_file and row_no. It sorts field by field.

    A full-load row without a commit time sorts before every change from `load_ts` on; and, where that is given, so does
    one without a sequence of the feed, whose time is that when it was read or written. A change without a sequence of
    the feed is ordered by file and row. The time in a file name, with which commit_ts begins where there are no commit
    times, is in the order of the files. *Nulls:* commit_ts is NULL if neither the change nor its file name has a time.
    """
    is_load = F.col("_op") == "L"
    load_started = F.lit(load_ts or EARLIEST)
    by_file = F.concat(file_order(F.col("source_file"), is_load), F.lit(" "), _padded_counter("row_no"))
    # At an equal commit time a full load sorts before every change, whatever their sequence.
    file_position = (
        F.when(is_load, F.concat(F.lit("-"), by_file)).otherwise(by_file) if source.has_commit_ts else by_file
    )
    parts = [_part(name, file_position) for name in source.sequence[:-1] if name != COMMIT_TS.name]
    if (last := source.sequence[-1]) != COMMIT_TS.name:
        parts.append(file_position if last == BY_FILE else _part(last, file_position))
    change_seq = F.concat_ws(" ", *parts) if parts else F.lit("")
    if source.has_commit_ts:
        own = [F.col(name) for name in source.sequence if name not in (COMMIT_TS.name, BY_FILE)]
        has_time = F.col(COMMIT_TS.name).isNotNull() & (F.lit(load_ts is None) | (F.concat_ws("", *own) != ""))
        change_seq = F.when(is_load & ~has_time, F.lit(_LOAD_SEQ)).otherwise(change_seq)
        commit_ts = F.when(is_load & ~has_time, load_started).otherwise(F.col(COMMIT_TS.name))
    elif tuple(source.sequence) == (BY_FILE,):
        named = file_time(F.col("source_file"))
        # History has no use for a time that is unknown.
        in_file = named if source.history is not None else F.coalesce(named, load_started)
        commit_ts = F.when(is_load, load_started).otherwise(in_file)
    else:
        commit_ts = F.lit(None).cast("timestamp")
    if source.is_tied_by_op:
        change_seq = F.concat(change_seq, F.lit(" "), _op_rank())
    fields = {"commit_ts": commit_ts, "change_seq": change_seq}
    return F.struct(*(fields[name].alias(name) for name in source.seq_fields))


def _op_rank() -> Column:
    cases = (F.when(F.col("_op") == op, F.lit(str(rank))) for rank, op in enumerate("LIU"))
    return F.coalesce(*cases, F.lit("3"))


def snapshot_seq(source: CdcSource, load_ts: datetime) -> Column | None:
    """The position of a full extract: after every earlier change. None if changes are not ordered by time first."""
    if source.seq == FEED_FIRST_SEQ or (not source.has_commit_ts and tuple(source.sequence) != (BY_FILE,)):
        return None
    return F.struct(F.lit(load_ts).alias("commit_ts"), F.lit(_LOAD_SEQ).alias("change_seq"))


def is_of_extract(seq: Column) -> Column:
    """Whether a position is that of a full extract, or just before it."""
    return seq.getField("change_seq").isin(_LOAD_SEQ, _FIRST_SEQ)


def is_load_without_position(seq: Column) -> Column:
    """Whether a position is that of a row of a full load that has none in the feed, in any epoch.

    Negative numbers begin with the same sign, but do not end with a number of a row.
    """
    return seq.getField("change_seq").rlike(rf"\A(~\d{{4}} )?-.* \d{{{_COUNTER_DIGITS}}}\z")


def before_snapshot(extract_seq: Column) -> Column:
    """The position just before a full extract and its rows."""
    return extract_seq.withField("change_seq", F.lit(_FIRST_SEQ))


def _part(name: str, by_file: Column) -> Column:
    """One element of the sequence, as text that sorts like its values.

    Numbers are zero-padded, and so are hexadecimal ones: each value is compared right with every other of its column.
    """
    text = F.coalesce(F.col(name).cast("string"), F.lit(""))
    number = F.when(text.rlike(_DECIMAL), F.expr(f"try_cast(`{name}` AS {_NUMBER})"))
    digits = F.upper(F.regexp_replace(text, r"\A0[xX]", ""))
    hexadecimal = F.when(text.rlike(_HEXADECIMAL), F.lpad(digits, _NUMBER_DIGITS, "0"))
    if name != CHANGE_SEQ.name:
        shifted = (number + F.lit(_NUMBER_OFFSET).cast(_OFFSET_TYPE)).cast("string")
        shifted_hexadecimal = F.concat(F.lit("1"), hexadecimal, F.lit(f".{'0' * 9}"))
        return F.coalesce(F.lpad(shifted, _NUMBER_LENGTH, "0"), shifted_hexadecimal, sortable_place(text))
    # Whole numbers have no offset. The sequence of DMS is longer than they are, and of one length.
    whole = F.when(text.rlike(r"\A\d+\z"), F.coalesce(hexadecimal, text))
    place = F.coalesce(whole, sortable_number(number, _NUMBER_DIGITS), hexadecimal, sortable_place(text))
    return F.coalesce(F.when(text != "", place), by_file)


def _padded_counter(name: str) -> Column:
    return F.lpad(F.coalesce(F.col(name), F.lit(0)).cast("string"), _COUNTER_DIGITS, "0")
