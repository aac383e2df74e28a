"""The state of delivered files in the ledger, and the plan of what a run does with the files it finds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges
from jobs.runtime.errors import BadInput
from jobs.runtime.option_types import nearest
from jobs.runtime.storage.listing import File
from schemas.table import RUN_ID

_WITHDRAWN = ("withdrawing", "withdrawn")
_CLOCK_MAY_JUMP = timedelta(days=1)
_ENDS = {"staging": "taken", "withdrawing": "withdrawn"}


@dataclass(frozen=True)
class KnownFiles:
    """The newest delivery of each path, and what the ledger still has to be told."""

    taken: Mapping[str, Row]
    withdrawn: Mapping[str, Row]
    ends: Sequence[Mapping[str, Any]]

    def since(self, paths: Sequence[str]) -> Column:
        """Which rows may be of these files, by the runs that brought them: those that took the files, and later ones, which may have read them again."""
        began = [
            datetime.strptime(self.taken[path].run_id[:15], "%Y%m%dt%H%M%S") for path in paths if path in self.taken
        ]  # noqa: DTZ007
        return F.col(RUN_ID.name) >= f"{min(began) - _CLOCK_MAY_JUMP:%Y%m%dt%H%M%S}" if began else F.lit(False)


@dataclass(frozen=True)
class FilePlan:
    """What to do with the files of an input. A file that is the same as when it was taken, or withdrawn, is in none of these."""

    fresh: Sequence[File]
    corrected: Sequence[File]
    withdrawn: Mapping[str, File]
    passed_over: Sequence[str]

    @property
    def delivered(self) -> list[File]:
        return sorted([*self.fresh, *self.corrected], key=lambda file: file.path)

    @property
    def gone(self) -> list[str]:
        """The paths whose old rows go."""
        return sorted({file.path for file in self.corrected} | self.withdrawn.keys())


def known_files(recorded: Iterable[Row], published: Set[str], undone: Set[str]) -> KnownFiles:
    """What is true of each path, from all that was ever `recorded` of the files of a table, oldest first.

    `published` are the runs that main of the table names: a file that one of them took, or withdrew, is taken, or
    withdrawn, whatever else the ledger says of it. What a run did that main says is `undone` is as if it had not been; once that is
    recorded, it stays so when main has forgotten it. Deliveries of a path follow each other as they began.
    """
    deliveries: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in recorded:
        deliveries[row.path, row.run_id].append(row)
    newest: dict[str, Row] = {}
    ends, began = list[dict[str, Any]](), list[float]()
    for (path, run_id), rows in deliveries.items():
        if run_id in undone or rows[-1].state == "undone":
            if rows[-1].state != "undone":
                ends.append({**rows[-1].asDict(), "state": "undone"})
                began.append(rows[0].recorded_at.timestamp())  # a local time is there twice when the clock goes back
        elif run_id in published or {"taken", "withdrawn"} & {row.state for row in rows}:
            newest[path] = [row for row in rows if row.state != "void"][-1]
        elif rows[-1].state != "void":
            ends.append({**rows[-1].asDict(), "state": "void"})
    for path, row in newest.items():
        if row.state in _ENDS:
            ends.append({**row.asDict(), "state": _ENDS[row.state]})
        elif row.state == "taken" and began and row.recorded_at.timestamp() >= min(began):
            # An undone run had read it again: how many of its rows are duplicates is not known any more.
            newest[path] = Row(**{**row.asDict(), "duplicates": None})
            ends.append(newest[path].asDict())
    return KnownFiles(
        {path: row for path, row in newest.items() if row.state not in _WITHDRAWN},
        {path: row for path, row in newest.items() if row.state in _WITHDRAWN},
        ends,
    )


def plan_files(
    files: KnownFiles, found: Sequence[File], passed_over: Sequence[str], withdraw: Sequence[str]
) -> FilePlan:
    """What to do with the files that were `found`. Raises BadInput where a path to `withdraw` never was taken."""
    for path in withdraw:
        if path not in files.taken and path not in files.withdrawn:
            raise BadInput(f"--withdraw {path}: no such file is taken{nearest(path, files.taken)}")
    unasked = [file for file in found if file.path not in withdraw]
    withdrawn = {path: as_file(files.taken[path]) for path in withdraw if path in files.taken}
    # If it changed, what lies there now is withdrawn with it: the next run would take it.
    withdrawn |= {file.path: file for file in found if file.path in withdraw and _differs(file, files.withdrawn)}
    return FilePlan(
        [file for file in unasked if file.path not in files.taken and _differs(file, files.withdrawn)],
        [file for file in unasked if file.path in files.taken and _differs(file, files.taken)],
        withdrawn,
        passed_over,
    )


def to_read_again(files: KnownFiles, gone: Sequence[str], days: DayRanges) -> list[Row]:
    """The taken files that may have rows that were only dropped as duplicates of rows that were on these `days` in files now `gone`.

    How many duplicates a file had is not known where its run was killed.
    """
    others = [row for path, row in sorted(files.taken.items()) if path not in gone and row.first_day]
    return [row for row in others if row.duplicates != 0 and days.meets(DayRanges.of((row.first_day, row.last_day)))]


def as_file(row: Row) -> File:
    return File(row.path, row.bytes, row.version)


def _differs(file: File, recorded: Mapping[str, Row]) -> bool:
    return file.path not in recorded or as_file(recorded[file.path]) != file
