"""Refuse changes whose order cannot be known, and files of several tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations, permutations

from pyspark.sql import DataFrame, Row

from jobs.runtime.cdc.change_files import ChangeFile
from jobs.runtime.cdc.change_metrics import FileRange
from jobs.runtime.errors import BadInput
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource
from transforms.change_data.epochs import CLOCK_SKEW
from transforms.change_data.parse_changes import LOAD_FILE

# The folders of DatePartitionEnabled, with any delimiter, and of Hive partitions.
_DATES = re.compile(r"(/(\d{1,4}|\d{4}([-_]?\d\d){1,3}|\w+=[^/]*))+\Z")
# What the names of the partitions of a table end with, such as orders_2024_01 or orders_p7.
_PARTITION_NUMBER = re.compile(r"([_-]?p?\d+)+\Z")
# What a file name begins with that may be a table: not the names that tools give to the files of any table.
_TABLE_WORD = re.compile(r"(?!(?i:load|cdc|part|run|data)(?![a-z]))[^\W\d]{3,}(?:[-_.]?[^\W\d]+)*")


def refuse_ambiguous(ambiguous: DataFrame, source: CdcSource) -> None:
    """Raises BadInput if there are ambiguous changes."""
    if found := first_row(ambiguous):
        one = _line(found.source_file, found.row_no)
        other = _line(found.other_file, found.other_row) if "other_file" in found else "an applied change"
        raise BadInput(
            f"ambiguous_sequence: {one} and {other} set one row of {source.name} at the same position, to different "
            "values; no file was taken: deliver a column that orders them, such as AR_H_CHANGE_SEQ, or, for a full "
            "load, --load_ts, or use --tie op_rank"
        )


def refuse_earlier_places(counted: Sequence[Row]) -> None:
    """Raises BadInput if changes have earlier places in the log than older changes of their rows."""
    if found := next((row for row in counted if "place_went_back" in row.remarks), None):
        raise _place_went_back(found.source_file)


def refuse_files_without_time(change_files: Sequence[ChangeFile], counts: Mapping[str, Row], source: CdcSource) -> None:
    """Raises BadInput if no change of a file has a commit time, and the file has no column with one.

    Or if history needs the time in the names of files, and one has none.
    """
    for file in change_files:
        counted = counts.get(file.path)
        if not (counted and counted.lacks_time and not counted.has_time):
            continue
        if not source.has_commit_ts:
            raise BadInput(
                f"{file.path} has no time in its name, which the history of {source.name} takes from there; no file "
                "was taken: a name such as 20240131-101010123 or orders_2024-01-31 has one"
            )
        if COMMIT_TS.name not in file.names:
            raise BadInput(
                f"{file.path} has no commit time in any change; no file was taken: name its column with "
                "--columns commit_ts=<column>, or order the changes by their files with --sequence file"
            )


def full_load_warnings(change_files: Sequence[ChangeFile], counts: Mapping[str, Row], *, is_first: bool) -> list[str]:
    """Warnings that rows without an operation are taken as a full load, which they may be in the first run of a table.

    Raises BadInput in later runs. Files that are named as those of DMS's full load are one anyway.
    """
    paths = [
        file.path
        for file in change_files
        if not file.has_op and file.path in counts and not re.search(LOAD_FILE, file.path, re.IGNORECASE)
    ]
    if paths and not is_first:
        raise BadInput(
            f"{paths[0]} has no operation in any change; no file was taken: name its column with "
            "--columns op=<column>, or give --load_ts if the files are rows of a full load"
        )
    return [
        f"{path} has no operation in any change: its rows were taken as a full load; --columns op=<column> names the "
        "column that has it"
        for path in paths
    ]


def unused_times(change_files: Sequence[ChangeFile]) -> list[str]:
    """Warnings that files of a full extract have a column with times, which may be one of the source."""
    fields = {
        field: file.path
        for file in change_files
        for field, name in zip(file.fields, file.names, strict=True)
        if name == COMMIT_TS.name
    }
    return [
        f"{path}: column {field} is read as the time of changes, which a full extract does not have, and left out; "
        f"--columns {field}={field} keeps it as a column of the source"
        for field, path in fields.items()
    ]


def refuse_two_tables(change_files: Sequence[ChangeFile], source: CdcSource) -> None:
    """Raises BadInput if the files are of several tables.

    By their events, or by folders or the first words of file names, if no more columns are common than differ.
    """
    full_names = {_PARTITION_NUMBER.sub("", name) for file in change_files for name in file.tables}
    # Some formats leave out the database and the schema.
    names = sorted(name for name in full_names if not any(full.endswith(f".{name}") for full in full_names))
    columns: dict[str, set[str]] = {}
    control = {RAW_OP.name, COMMIT_TS.name, CHANGE_SEQ.name, *source.key}
    for file in (file for file in change_files if file.kind != "json"):
        columns.setdefault(_place_of_table(file.path), set()).update({*file.names} - control)
    for one, other in combinations(sorted(columns), 2):
        common, own = columns[one] & columns[other], (columns[one] - columns[other], columns[other] - columns[one])
        if all(own) and len(common) <= min(map(len, own)):
            names = names or [one, other]
    if len(names) > 1:
        raise BadInput(
            f"the files are of several tables: {' and '.join(names)}; no file was taken: give each table its own "
            "--table and --input"
        )


def refuse_other_log(counts: Iterable[Row]) -> None:
    """Raises BadInput if a file has changes of another log of the source."""
    if found := next((row for row in counts if row.has_other_log), None):
        raise _place_went_back(found.source_file)


def refuse_two_logs(ranges: Sequence[FileRange], last_epoch: int, newest: datetime | None) -> None:
    """Raises BadInput if a file beside those of the new log is of the log before.

    Its changes are older than those of another file, at later places, or more than a minute older than the `newest`
    earlier change, where the other file has newer ones.
    """
    for old, new in permutations(ranges, 2):
        is_later = old.first_place > new.last_place and old.last_time < new.first_time
        is_known = newest is not None and old.last_time < newest - CLOCK_SKEW and new.last_time > newest
        if is_later or is_known:
            raise BadInput(
                f"{old.path} has older changes than {new.path}{' at later places' if is_later else ''}: they are of "
                f"the log before; no file was taken: ingest it first, with --input {old.path} --epoch {last_epoch}"
            )


def first_row(rows: DataFrame) -> Row | None:
    return next(iter(rows.limit(1).collect()), None)


def _place_of_table(path: str) -> str:
    """The folder of a file without dates, and the table that the name may begin with."""
    folder, _, name = path.rpartition("/")
    found = _TABLE_WORD.match(name)
    return f"{_DATES.sub('', folder)}{f'/{found[0]}*' if found else ''}"


def _place_went_back(path: str) -> BadInput:
    return BadInput(
        f"place_went_back: {path} has changes that are newer than stored ones, and an earlier place in the log of the "
        "source, or a log of another name, or that an older log left behind; no file was taken: if a new log began, "
        "after a failover or a reset, give --epoch 1, and a greater number after the next one; for a file of an older "
        "log give its number, at first 0; a file with changes of both has to be split where the new log begins"
    )


def _line(path: str, row_no: int | None) -> str:
    if row_no is None:
        return path
    return f"{'row' if path.endswith('.parquet') else 'line'} {row_no + 1} of {path}"
