"""Logs of a source that start over: which changes are of another log, by their places and times."""

from datetime import datetime
from functools import reduce
from operator import and_

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.cdc_columns import FEED_FIRST_SEQ, SEQ
from schemas.cdc_source import CdcSource

# Before the place of a change of a later log: the tilde sorts after letters and digits.
_EPOCH = r"\A~\d{4} "
_BINLOG_PLACE = r"\A(~\d{4} )?\S+\.a?\d+ "
# MySQL begins fewer binlog files than this within a minute.
_FILES_OF_A_MINUTE = 10
# The place of a full-load row that has none in a log: its position among the files.
_NO_LOG_PLACE = r"\A(~\d{4} )?-"


def is_beyond(place: Column, last_place: str) -> Column:
    """Whether a place is after the last one of a log, or in a binlog with another base name."""
    last = F.lit(last_place)
    return (place > last) | (_are_of_binlogs(place, last) & (_log_base(place) != _log_base(last)))


def has_log_place(place: Column) -> Column:
    """Whether a row of a full load has its place in the log of the source."""
    return ~place.rlike(_NO_LOG_PLACE)


def place_remarks(
    earlier: Column, later: Column, source: CdcSource, *, is_loaded: Column, is_after_later: Column, is_of_run: Column
) -> dict[str, Column]:
    """Remark -> whether a change has it, by the positions of an `earlier` and a `later` change of its row.

    The earlier one is stored; `is_loaded` tells whether it is a row of a full load. `place_went_back`: a new log began,
    or the change was left behind in the log before. `newer_but_earlier`: the newer of two changes is earlier in the
    log, and nothing tells that a new one began.
    """
    if source.seq != FEED_FIRST_SEQ:
        return {}
    is_newer, is_far = _against_later(later, is_after_later=is_after_later, is_of_run=is_of_run)
    is_older, is_left_behind = _against_earlier(earlier, is_loaded=is_loaded)
    remarks = {
        "place_went_back": (is_newer & is_far) | is_left_behind,
        "newer_but_earlier": (is_newer & ~is_far) | (is_older & ~is_left_behind),
    }
    return {name: F.coalesce(remark, F.lit(False)) for name, remark in remarks.items()}


def _against_later(later: Column, *, is_after_later: Column, is_of_run: Column) -> tuple[Column, Column]:
    """Whether a change is newer than the later one and at a lower place, and so far that a new log began.

    That is by more than a minute, or within a binlog file, if the later one is of an earlier run, by more than an hour;
    in another binlog, as its base name or a much lower number tells, by any time.

    MySQL gives changes the time when their statement began. So in a binlog, a lower place counts if `is_after_later`,
    the later change came before; otherwise a statement took long, or files of two logs came in the wrong order, and it
    is newer beyond a minute, but never far. Within a file, a change that `is_of_run` as the later one cannot be of the
    same log; one of a later run may come again, or late, and is far from it after an hour, longer than statements take.
    The rows of a full load have the place where the load began, and the time when their table was read: they may be
    newer than a change at a later place that was made meanwhile. For them, too, `is_after_later` counts; it is false
    for changes of earlier runs, with which they are compared as a whole, see is_of_other_log. Rows of a load that is no
    part of the log come before its changes.
    """
    seq, is_load = F.col(SEQ.name), F.col("_op") == "L"
    committed, after = seq.getField("commit_ts"), later.getField("commit_ts")
    place, later_place = seq.getField("change_seq"), later.getField("change_seq")
    is_of_binlog = ~is_load & _are_of_binlogs(place, later_place)
    is_ordered = is_after_later | (~is_load & (~is_of_binlog | _has_other_base(place, later_place)))
    is_lower_in_file = ~is_load & _is_in_same_file(place, later_place) & (place < later_place)
    is_lower = (_is_lower(place, later_place) | is_lower_in_file) & (~is_load | has_log_place(place))
    tolerance = F.when(is_lower_in_file & ~is_of_run, _minutes(60)).otherwise(_minutes(1))
    is_far = is_ordered & ((committed > after + tolerance) | _is_of_other_binlog(place, later_place))
    is_newer = (is_ordered & (committed > after)) | (is_of_binlog & (committed > after + _minutes(1)))
    return is_lower & is_newer, is_far


def _against_earlier(earlier: Column, *, is_loaded: Column) -> tuple[Column, Column]:
    """Whether a change is more than a minute older than the earlier one of its log, and was left behind in an old log.

    Without an epoch the clock of the source was set back, or in a binlog of the same base name, a statement took long.
    Changes are made while a full load reads its rows: they are older only in an epoch, whose log may have begun with
    the load, and never left behind.
    """
    seq, is_load = F.col(SEQ.name), F.col("_op") == "L"
    place, earlier_place = seq.getField("change_seq"), earlier.getField("change_seq")
    is_of_log = ~is_load & (_epoch(place) == _epoch(earlier_place)) & (~is_loaded | (_epoch(place) != ""))
    is_older = is_of_log & (seq.getField("commit_ts") < earlier.getField("commit_ts") - _minutes(1))
    is_of_other = ~_are_of_binlogs(place, earlier_place) | _has_other_base(place, earlier_place)
    return is_older, is_older & (_epoch(place) != "") & is_of_other & ~is_loaded


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
    is_lower_load = (op == "L") & has_log_place(place) & (place < last)
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
