"""What the ledger knows of the files of a table, and how that is finished which a run that died left open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.runtime.errors import BadLake, Overtaken
from jobs.runtime.lake import Lake
from jobs.runtime.ledger import Ledger
from jobs.sources.deliveries import Known, known
from jobs.sources.leaving import Leaving
from schemas.table import RECEIVED_ON, Table


@dataclass(frozen=True)
class Settling:
    """The files that are taken into a `table`, which main had at `base`; what was refused of them is in `rejects`."""

    table: Table
    rejects: Table
    base: int | None
    lake: Lake
    ledger: Ledger

    def settle(self) -> Known:
        """What is known of each file, once what a run that died left open is decided and recorded."""
        found = self.decided()
        self.record(found.ends)
        return found

    def decided(self) -> Known:
        """What is known of each file. Of what a run that died left open main of the table decides: see `known`.

        The refused rows go with it: those of a run that main names are published, those of a run that was undone are not.
        """
        recorded, named = self.ledger.files(self.table), {run_id for _, run_id in self.lake.noted(self.table, self.base, "run_id")}
        if self.base is not None and not recorded:
            raise BadLake(f"the ledger knows no file of {self.table.name}, which has rows; run lake.rebuild_ledger")
        if undone := {row.run_id for row in recorded if row.state == "undone"} - named:
            self._undo(undone)
        found = known(recorded, named)
        for run_id in sorted({row.run_id for row in found.unrecorded}):
            if self.lake.has_branch(self.rejects, run_id):
                publish_refused(self.lake, self.rejects, run_id, [row.path for row in recorded if row.run_id == run_id])
        return found

    def record(self, states: Sequence[Mapping[str, Any]]) -> None:
        if states:
            self.ledger.record_files(self.table, states)

    def _undo(self, undone: set[str]) -> None:
        """Go on where a restore ended between its tables."""
        if undone & {run_id for _, run_id in self.lake.noted(self.rejects, self.lake.main(self.rejects), "run_id")}:
            self.lake.roll_back(self.rejects, undone)


def publish_refused(lake: Lake, rejects: Table, run_id: str, paths: Sequence[str]) -> None:
    """Publish what the run refused of these files. Where main has moved, by care or compaction, on top of what it is now."""
    try:
        lake.publish(rejects, run_id)
    except Overtaken:
        main, anew = lake.main(rejects), f"{run_id}_anew"
        if run_id in {named for _, named in lake.noted(rejects, main, "run_id")}:
            return
        lake.drop(rejects, anew)
        leaving = Leaving.of(lake.frame(rejects, main), paths, RECEIVED_ON.name, None, within=None)
        rows = lake.slice(rejects, run_id)
        all_rows = rows.unionByName(leaving.stays_beside) if leaving.rows else rows
        lake.stage(rejects, all_rows, anew, base=main, replaces=leaving.replaces, notes={"run_id": run_id})
        lake.publish(rejects, anew)
        lake.drop(rejects, anew)
