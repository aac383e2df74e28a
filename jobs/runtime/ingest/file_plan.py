"""Determine the state of each delivered file from the ledger, and plan what a run does with its input files."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges
from jobs.runtime.errors import BadInput
from jobs.runtime.option_types import suggest
from jobs.runtime.storage.listing import File
from schemas.table import RUN_ID

_WITHDRAWN = ("withdrawing", "withdrawn")
_CLOCK_SKEW = timedelta(days=1)
_COMPLETED_STATES = {"staging": "taken", "withdrawing": "withdrawn"}


@dataclass(frozen=True)
class KnownFiles:
    """The newest ledger row of each path, and the state changes that the ledger does not have yet."""

    taken: Mapping[str, Row]
    withdrawn: Mapping[str, Row]
    pending_states: Sequence[Mapping[str, Any]]

    def run_id_filter(self, paths: Sequence[str]) -> Column:
        """A filter for rows that may come from these files, by run id.

        It keeps the runs that took the files, and later runs, which may have read them again.
        """
        run_ids = [self.taken[path].run_id for path in paths if path in self.taken]
        started = [datetime.strptime(run_id[:15], "%Y%m%dt%H%M%S") for run_id in run_ids]  # noqa: DTZ007
        return F.col(RUN_ID.name) >= f"{min(started) - _CLOCK_SKEW:%Y%m%dt%H%M%S}" if started else F.lit(False)


@dataclass(frozen=True)
class FilePlan:
    """What a run does with its input files. Files that are unchanged since they were taken or withdrawn are omitted."""

    fresh: Sequence[File]
    corrected: Sequence[File]
    withdrawn: Mapping[str, File]
    skipped: Sequence[str]

    @property
    def delivered(self) -> list[File]:
        return sorted([*self.fresh, *self.corrected], key=lambda file: file.path)

    @property
    def retracted(self) -> list[str]:
        """The paths whose existing rows are removed."""
        return sorted({file.path for file in self.corrected} | self.withdrawn.keys())


def known_files(recorded: Iterable[Row], published: Set[str], undone: Set[str]) -> KnownFiles:
    """The current state of each path. `recorded` is every ledger row of the table's files, oldest first.

    `published` are the runs in the history of the table's main branch. A file that one of them took or withdrew has
    that state, whatever the ledger says. Runs in `undone` were rolled back, so their deliveries do not count. Once the
    state `undone` is recorded it is permanent, even when main's history no longer shows the rollback. Deliveries of a
    path are ordered by their start.
    """
    deliveries: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in recorded:
        deliveries[row.path, row.run_id].append(row)
    newest: dict[str, Row] = {}
    pending, undone_since = list[dict[str, Any]](), list[float]()
    for (path, run_id), rows in deliveries.items():
        if run_id in undone or rows[-1].state == "undone":
            if rows[-1].state != "undone":
                pending.append({**rows[-1].asDict(), "state": "undone"})
                # Compare timestamps: a local time occurs twice when the clock is set back.
                undone_since.append(rows[0].recorded_at.timestamp())
        elif run_id in published or {"taken", "withdrawn"} & {row.state for row in rows}:
            newest[path] = [row for row in rows if row.state != "void"][-1]
        elif rows[-1].state != "void":
            pending.append({**rows[-1].asDict(), "state": "void"})
    for path, row in newest.items():
        if row.state in _COMPLETED_STATES:
            pending.append({**row.asDict(), "state": _COMPLETED_STATES[row.state]})
        elif row.state == "taken" and undone_since and row.recorded_at.timestamp() >= min(undone_since):
            # An undone run had read this file again, so its number of duplicates is no longer known.
            newest[path] = Row(**{**row.asDict(), "duplicates": None})
            pending.append(newest[path].asDict())
    return KnownFiles(
        {path: row for path, row in newest.items() if row.state not in _WITHDRAWN},
        {path: row for path, row in newest.items() if row.state in _WITHDRAWN},
        pending,
    )


def plan_files(files: KnownFiles, listed: Sequence[File], skipped: Sequence[str], withdraw: Sequence[str]) -> FilePlan:
    """Plan what to do with the `listed` files. Raises BadInput if a path in `withdraw` was never taken."""
    for path in withdraw:
        if path not in files.taken and path not in files.withdrawn:
            raise BadInput(f"--withdraw {path}: no such file was taken{suggest(path, files.taken)}")
    remaining = [file for file in listed if file.path not in withdraw]
    withdrawn = {path: as_file(files.taken[path]) for path in withdraw if path in files.taken}
    # If the file has changed, withdraw its current version too; otherwise the next run would take it.
    withdrawn |= {file.path: file for file in listed if file.path in withdraw and _differs(file, files.withdrawn)}
    return FilePlan(
        [file for file in remaining if file.path not in files.taken and _differs(file, files.withdrawn)],
        [file for file in remaining if file.path in files.taken and _differs(file, files.taken)],
        withdrawn,
        skipped,
    )


def files_to_reread(files: KnownFiles, retracted: Sequence[str], days: DayRanges) -> list[Row]:
    """The taken files that may hold rows dropped as duplicates of rows in `retracted` files on these `days`.

    A NULL number of duplicates counts as some: it is unknown if the run that read the file was killed.
    """
    others = [row for path, row in sorted(files.taken.items()) if path not in retracted and row.first_day]
    return [row for row in others if row.duplicates != 0 and days.overlaps(DayRanges.of((row.first_day, row.last_day)))]


def as_file(row: Row) -> File:
    return File(row.path, row.bytes, row.version)


def _differs(file: File, recorded: Mapping[str, Row]) -> bool:
    return file.path not in recorded or as_file(recorded[file.path]) != file
