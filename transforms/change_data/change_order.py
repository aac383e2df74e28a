"""`_seq`: the position of a change among all changes of its source."""

from datetime import UTC, datetime
from functools import reduce
from operator import and_

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.cdc_columns import FEED_FIRST_SEQ, SEQ
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
_HEXADECIMAL = rf"\A[0-9A-Fa-f]{{1,{_NUMBER_DIGITS}}}\z"
_DIGITS, _FRACTION = rf"\d{{1,{_NUMBER_DIGITS}}}", r"\.\d{1,18}"
# A number with an exponent has a point or a sign, or one digit before it: 00E4 is hexadecimal.
_DECIMAL = rf"\A[+-]?({_DIGITS}({_FRACTION}([eE][+-]?\d\d?)?|[eE][+-]\d\d?)?|[1-9][eE]\d\d?)\z"
# Added to numbers, so that negative ones sort as text too. Sums of these types are exact.
_NUMBER_OFFSET, _OFFSET_TYPE, _NUMBER_LENGTH = f"1{'0' * _NUMBER_DIGITS}", "decimal(37,9)", 38
# Before the place of a change of a later log: the tilde sorts after letters and digits.
_EPOCH = r"\A~\d{4} "
_BINLOG_PLACE = r"\A(~\d{4} )?\S+\.a?\d+ "
# MySQL begins fewer binlog files than this within a minute.
_FILES_OF_A_MINUTE = 10
# The place of a full-load row that has none in a log: its position among the files.
_NO_LOG_PLACE = r"\A(~\d{4} )?-"


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


def before_snapshot(extract_seq: Column) -> Column:
    """The position just before a full extract and its rows."""
    return extract_seq.withField("change_seq", F.lit(_FIRST_SEQ))


def is_beyond(place: Column, last_place: str) -> Column:
    """Whether a place is after the last one of a log, or in a binlog with another base name."""
    last = F.lit(last_place)
    return (place > last) | (_are_of_binlogs(place, last) & (_log_base(place) != _log_base(last)))


def place_remarks(
    earlier: Column, later: Column, source: CdcSource, *, is_after_later: Column, is_of_run: Column
) -> dict[str, Column]:
    """Remark -> whether a change has it, by the positions of an `earlier` and a `later` change of its row.

    `place_went_back`: more than a minute newer than the later one and at a lower place, so that a new log began; or, in
    an epoch, more than a minute older than the earlier one, so that it was left behind in the log before. Without an
    epoch the clock of the source was set back. `newer_but_earlier`: newer than the later one by a minute at most, or
    within a binlog file, if the later one is of an earlier run, by an hour; in another binlog, as its base name or a
    much lower number tells, that is `place_went_back`, too.

    MySQL gives changes the time when their statement began. So in a binlog, a lower place counts if `is_after_later`,
    the later change came before. Within a file, a change that `is_of_run` as the later one cannot be of the same log;
    one of a later run may come again, or late, and is far from it after an hour, longer than statements take. The rows
    of a full load have the place where the load began, and the time when their table was read: they may be newer than a
    change at a later place that was made meanwhile. So for them, too, `is_after_later` counts, and is false for changes
    of earlier runs, by which they are compared as a whole, see is_of_other_log. Rows of a load that is no part of the
    log come before its changes.
    """
    if source.seq != FEED_FIRST_SEQ:
        return {}
    seq, is_load = F.col(SEQ.name), F.col("_op") == "L"
    committed, before, after = (place.getField("commit_ts") for place in (seq, earlier, later))
    place, earlier_place, later_place = (one.getField("change_seq") for one in (seq, earlier, later))
    is_unordered = ~is_load & ~_are_of_binlogs(place, later_place)
    is_lower_in_file = ~is_load & _is_in_same_file(place, later_place) & (place < later_place)
    is_lower = (_is_lower(place, later_place) | is_lower_in_file) & (is_unordered | is_after_later)
    is_lower = is_lower & (~is_load | _has_log_place(place))
    is_newer = is_lower & (committed > after)
    tolerance = F.when(is_lower_in_file & ~is_of_run, _minutes(60)).otherwise(_minutes(1))
    is_far = (committed > after + tolerance) | _is_of_other_binlog(place, later_place)
    is_in_epoch = (_epoch(place) != "") & (_epoch(place) == _epoch(earlier_place))
    is_left = ~_are_of_binlogs(place, earlier_place) | _has_other_base(place, earlier_place)
    is_left_behind = is_in_epoch & (committed < before - _minutes(1)) & is_left
    remarks = {"place_went_back": (is_newer & is_far) | is_left_behind, "newer_but_earlier": is_newer & ~is_far}
    return {name: F.coalesce(remark, F.lit(False)) for name, remark in remarks.items()}


def is_of_other_log(seq: Column, op: Column, last_place: str, newest: datetime) -> Column:
    """Whether a change is from another log of the source, by the last place and the newest time of earlier changes.

    A change of a new log is newer than all of them, in a binlog with another base name or a much lower number; or more
    than a minute newer, with any lower number, or for a row of its full load at any lower place, in whatever kind of
    log. A change that the log before this epoch left behind is older, with another base name. Places of other logs
    follow the order of commits only within a row, for a truncate and for a full load.
    """
    place, last = seq.getField("change_seq"), F.lit(last_place)
    committed, known = seq.getField("commit_ts"), F.lit(newest)
    is_newer, is_older = committed > known + _minutes(1), committed < known - _minutes(1)
    is_of_new_binlog = (committed > known) & _is_of_other_binlog(place, last)
    is_lower_load = (op == "L") & _has_log_place(place) & (place < last)
    is_of_new = ((_are_of_binlogs(place, last) | (op == "T")) & _is_lower(place, last)) | is_lower_load
    is_left = is_older & (_epoch(place) != "") & _has_other_base(place, last)
    return is_left | is_of_new_binlog | (is_newer & is_of_new)


def is_earlier_in_binlog(seq: Column, last_place: str, newest: datetime) -> Column:
    """Whether a change is more than a minute newer than all earlier ones, at a lower place in the last binlog file.

    It is of a new log with a file of the same name, unless it was delivered after a statement that was logged later
    but started before: then the newest change of the log, which comes with it or later, is at a later place.
    *Nulls:* NULL if the change has no place or no time.
    """
    place, last = seq.getField("change_seq"), F.lit(last_place)
    is_newer = seq.getField("commit_ts") > F.lit(newest) + _minutes(1)
    return is_newer & _is_in_same_file(place, last) & (place < last)


def _are_of_binlogs(*places: Column) -> Column:
    return reduce(and_, (place.rlike(_BINLOG_PLACE) for place in places))


def _is_in_same_file(place: Column, other: Column) -> Column:
    """Whether both places are of one epoch and of binlog files with the same name."""
    is_same = (_log_file(place) == _log_file(other)) & (_epoch(place) == _epoch(other))
    return _are_of_binlogs(place, other) & is_same


def _is_lower(place: Column, other: Column) -> Column:
    """Whether a place is lower than another one: of a binlog, in a file of a lower number or another base name."""
    is_lower_file = (place < other) & (_log_file(place) != _log_file(other))
    of_binlog = is_lower_file | _has_other_base(place, other)
    return F.when(_are_of_binlogs(place, other), of_binlog).otherwise(place < other)


def _is_of_other_binlog(place: Column, other: Column) -> Column:
    """Whether places of one epoch are of binlogs with different base names, or the first has a much lower number."""
    is_much_lower = _log_number(place) < _log_number(other) - _FILES_OF_A_MINUTE
    is_much_lower = _are_of_binlogs(place, other) & (_epoch(place) == _epoch(other)) & is_much_lower
    return _has_other_base(place, other) | F.coalesce(is_much_lower, F.lit(False))


def _has_other_base(place: Column, other: Column) -> Column:
    """Whether both places are of one epoch and of binlogs with different base names."""
    is_other = (_log_base(place) != _log_base(other)) & (_epoch(place) == _epoch(other))
    return _are_of_binlogs(place, other) & is_other


def _minutes(number: int) -> Column:
    return F.expr(f"INTERVAL {number} MINUTE")


def _has_log_place(place: Column) -> Column:
    return ~place.rlike(_NO_LOG_PLACE)


def _log_file(place: Column) -> Column:
    return F.substring_index(F.regexp_replace(place, _EPOCH, ""), " ", 1)


def _log_base(place: Column) -> Column:
    return F.regexp_replace(_log_file(place), r"\.a?\d+\z", "")


def _log_number(place: Column) -> Column:
    """The number of a binlog. *Nulls:* NULL for other places: Spark may evaluate it for these, too, and casts fail."""
    file = _log_file(place)
    return F.when(file.rlike(r"\.a?\d{1,18}\z"), F.regexp_extract(file, r"\d{1,18}\z", 0).cast("long"))


def _epoch(place: Column) -> Column:
    return F.regexp_extract(place, _EPOCH, 0)


def _part(name: str, by_file: Column) -> Column:
    """One element of the sequence, as text that sorts like its values.

    Numbers are zero-padded, and so are hexadecimal ones: each value is compared right with every other of its column.
    """
    text = F.coalesce(F.col(name).cast("string"), F.lit(""))
    number = F.when(text.rlike(_DECIMAL), F.expr(f"try_cast(`{name}` AS {_NUMBER})"))
    hexadecimal = F.when(text.rlike(_HEXADECIMAL), F.lpad(F.upper(text), _NUMBER_DIGITS, "0"))
    if name != CHANGE_SEQ.name:
        shifted = (number + F.lit(_NUMBER_OFFSET).cast(_OFFSET_TYPE)).cast("string")
        shifted_hexadecimal = F.concat(F.lit("1"), hexadecimal, F.lit(f".{'0' * 9}"))
        return F.coalesce(F.lpad(shifted, _NUMBER_LENGTH, "0"), shifted_hexadecimal, sortable_place(text))
    # Whole numbers have no offset. The sequence of DMS is longer than they are, and of one length.
    digits = F.when(text.rlike(r"\A\d+\z"), F.coalesce(hexadecimal, text))
    place = F.coalesce(digits, sortable_number(number, _NUMBER_DIGITS), hexadecimal, sortable_place(text))
    return F.coalesce(F.when(text != "", place), by_file)


def _padded_counter(name: str) -> Column:
    return F.lpad(F.coalesce(F.col(name), F.lit(0)).cast("string"), _COUNTER_DIGITS, "0")
