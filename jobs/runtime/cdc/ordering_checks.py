"""Refuse changes whose order or operation cannot be known."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.change_metrics import FileRange, columns_of_operations
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc_feed import COMMIT_TS, RAW_OP
from schemas.cdc_source import BY_FILE, CdcSource
from transforms.change_data.epochs import CLOCK_SKEW
from transforms.change_data.file_order import is_load_file, order_in_name
from transforms.change_data.parse_changes import LOAD_FILE

_CORRECTED = "an extract that was corrected needs a later --load_ts, or lake.restore to before the first one"


def refuse_ambiguous(ambiguous: DataFrame, source: CdcSource) -> None:
    """Raises BadInput if there are ambiguous changes."""
    if found := first_row(ambiguous):
        raise BadInput(ambiguity(found, source))


def ambiguity(found: Row, source: CdcSource) -> str:
    """What to do about two changes of a row at one position, or about one that contradicts an applied change."""
    one = _line(found.source_file, found.row_no)
    other = _line(found.other_file, found.other_row) if "other_file" in found else "an applied change"
    message = (
        f"ambiguous_sequence: {one} and {other} set one row of {source.name} at the same position, to different "
        "values; no file was taken: "
    )
    if BY_FILE in source.sequence:
        return (
            f"{message}changes are ordered by the names of their files, so a file that replaces another needs its own"
        )
    advice = "deliver a column that orders them, such as AR_H_CHANGE_SEQ, or, for a full load, --load_ts"
    # The order of a table cannot be changed; and a row that was deleted and inserted again would be lost.
    if "other_file" not in found:
        return f"{message}{advice}; {_CORRECTED}"
    if found.has_delete:
        return f"{message}{advice}"
    return f"{message}{advice}, or use --tie op_rank, by which updates come after inserts, and deletes after both"


def refuse_corrected_extract(missing: DataFrame) -> None:
    """Raises BadInput if rows of an earlier full extract of the same time are `missing` from this one."""
    if first_row(missing):
        raise BadInput(
            "--snapshot: an earlier extract with this --load_ts has rows that these files lack; no file was taken: "
            f"{_CORRECTED}; pass all files of an extract to one run"
        )


def refuse_unordered_files(
    spark: SparkSession, delivered: Sequence[File], taken: Mapping[str, int], source: CdcSource
) -> None:
    """Raises BadInput if changes are ordered by files, and names tell no order of a new file and another one.

    `taken` are the sizes of earlier files. A file of the same size is one that was delivered again.
    """
    new = {file.path: file.bytes for file in delivered if file.bytes}
    if source.sequence != (BY_FILE,) or not new:
        return
    rows = [(path, size, path in new) for path, size in {**taken, **new}.items()]
    files = spark.createDataFrame(rows, "path string, size long, is_new boolean")
    one = F.struct("size", "path")
    unordered = (
        files.filter(~is_load_file(F.col("path")))
        .groupBy(order_in_name(F.col("path")).alias("place"))
        .agg(F.min(one).alias("one"), F.max(one).alias("other"), F.max("is_new").alias("has_new"))
        .filter("has_new AND one.size <> other.size")
    )
    if found := first_row(unordered.select("one.path", F.col("other.path").alias("other"))):
        raise BadInput(
            f"the names of {found.path} and {found.other} do not tell which of them comes first; no file was taken: "
            "names or folders with a date or a number do, or order the changes by a column, with --sequence <column>"
        )


def refuse_earlier_places(counted: Sequence[Row], epoch: int) -> None:
    """Raises BadInput if changes have earlier places in the log than older changes of their rows."""
    if found := next((row for row in counted if "place_went_back" in row.remarks), None):
        raise _place_went_back(found.source_file, epoch)


def refuse_files_without_time(
    change_files: Sequence[ChangeFile],
    counts: Mapping[str, Row],
    source: CdcSource,
    *,
    is_first: bool,
    hints: Sequence[str] = (),
) -> None:
    """Raises BadInput if no change of a file has a commit time, and the file has no column with one.

    Or if history needs the time in the names of files, and one has none. Only the first run can have --sequence.
    `hints` may tell why a column was not found.
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
            op = _operation_field(file)
            is_data = f"; or, if {op} is a column of a full load, --columns {op}={op} says so"
            raise BadInput(
                f"{file.path} has no commit time in any change; no file was taken: name its column with "
                "--columns commit_ts=<column>, or order the changes by their files with --sequence file"
                f"{'' if is_first else ', which needs another --table'}{is_data if op else ''}"
                f"{''.join(f'; {hint}' for hint in hints)}"
            )


def refuse_files_without_sequence(
    change_files: Sequence[ChangeFile], counts: Mapping[str, Row], source: CdcSource
) -> None:
    """Raises BadInput if a file lacks a column of the sequence that its changes need."""
    for file in change_files:
        missing = [name for name in source.feed_columns if name not in file.names]
        if missing and file.path in counts and counts[file.path].lacks_sequence:
            raise BadInput(
                f"{file.path} has no column {missing[0]}, which --sequence of {source.name} names; no file was "
                f"taken: if the column has another name, --columns {missing[0]}=<column> gives it"
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


def refuse_unnamed_operations(
    rows: DataFrame, source: CdcSource, named: Collection[str], change_files: Sequence[ChangeFile]
) -> None:
    """Raises BadInput if a column of a supposed full load seems to have the operations of changes.

    Columns in `named` were declared by an option.
    """
    needs_time = source.has_commit_ts and not any(COMMIT_TS.name in file.names for file in change_files)
    time = f",{COMMIT_TS.name}=<the column with their times>" if needs_time else ""
    loads = rows.filter((F.col("_op") == "L") & ~is_load_file(F.col("source_file")))
    texts = [name for name, kind in loads.dtypes if kind == "string" and name in source.payload and name not in named]
    for name, codes in columns_of_operations(loads, texts, source.ops).items():
        raise BadInput(
            f"the files have no operation, but column {name} has {' and '.join(codes)}; no file was taken: give "
            f"--columns op={name}{time} if these are operations, or --columns {name}={name} if they are data of a full "
            "load"
        )


def refuse_other_log(counts: Collection[Row], epoch: int) -> None:
    """Raises BadInput if a file has changes of another log of the source, or the newest change is of one."""
    newest = max((row for row in counts if row.newest), key=lambda row: row.newest, default=None)
    found = [row for row in counts if row.has_other_log or (row is newest and row.newest.is_earlier)]
    if found:
        raise _place_went_back(found[0].source_file, epoch)


def refuse_two_servers(change_files: Sequence[ChangeFile]) -> None:
    """Raises BadInput if a server began a binlog with the name of an earlier one: newer changes at lower places."""
    skew = CLOCK_SKEW / timedelta(milliseconds=1)
    for old, new in permutations((found for file in change_files for found in file.server_ranges), 2):
        is_lower = new.file == old.file and new.first_place < old.last_place
        if is_lower and new.first_ms > old.last_ms + skew:
            raise _place_went_back(new.path, epoch=0)


def refuse_two_logs(ranges: Sequence[FileRange], last_epoch: int, newest: datetime | None) -> None:
    """Raises BadInput if a file beside those of the new log is of the log before.

    Its changes are older than those of another file, at later places, or more than a minute older than the `newest`
    earlier change, where the other file has newer ones.
    """
    found = dict[str, str]()
    for old, new in permutations(ranges, 2):
        is_later = old.first_place > new.last_place and old.last_time < new.first_time
        is_known = newest is not None and old.last_time < newest - CLOCK_SKEW and new.last_time > newest
        if is_later or is_known:
            found.setdefault(old.path, f"{new.path}{' at later places' if is_later else ''}")
    if found:
        first, *others = sorted(found)
        raise BadInput(
            f"{first} has older changes than {found[first]}: they are of the log before; no file was taken: ingest it "
            f"first, with --input {first} --epoch {last_epoch}"
            f"{', and in the same way, one after the other: ' if others else ''}{', '.join(others)}"
        )


def first_row(rows: DataFrame) -> Row | None:
    return next(iter(rows.limit(1).collect()), None)


def _operation_field(file: ChangeFile) -> str:
    """The column that the operations of a file are read from, if a source may have it too; else an empty text."""
    fields = dict(zip(file.names, file.fields, strict=True)) if file.has_names else {}
    found = fields.get(RAW_OP.name, "")
    return "" if found.lower() == RAW_OP.name else found


def _place_went_back(path: str, epoch: int) -> BadInput:
    found, of_log_before = "", ""
    if epoch:
        found = f", or older ones of the log before (the table is in epoch {epoch})"
        of_log_before = f"; if the file is of the log before the current one, --epoch {epoch - 1}"
    return BadInput(
        f"place_went_back: {path} has changes with newer times than others but an earlier place in the log of the "
        f"source{found}; no file was taken: if a new log began, such as after a failover, first ingest the files that "
        f"are left of the current one, with --epoch {epoch}, then those of the new one, in a run that names the former "
        f"if any is left, with --epoch {epoch + 1}{of_log_before}; a file with changes of both has to be "
        "split where the new log begins; see 'A log that starts over' in docs/cdc.md"
    )


def _line(path: str, row_no: int | None) -> str:
    if row_no is None:
        return path
    return f"{'row' if path.endswith('.parquet') else 'line'} {row_no + 1} of {path}"
