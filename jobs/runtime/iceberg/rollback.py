"""Roll a table back to before some runs, and find which runs were rolled back."""

import json
from collections.abc import Set

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.snapshots import PART_OF
from jobs.runtime.spark.frames import local_frame
from schemas.table import Table


def before(lake: Lake, table: Table, main: int | None, runs: Set[str]) -> int:
    """The snapshot below `main` on which the first of these runs came; itself where none did. Raises BadLake where that is lost."""
    commits, parts = (list(lake.snapshot_properties(table, main, note)) for note in ("run_id", PART_OF))
    theirs = [
        position
        for position, (commit, part) in enumerate(zip(commits, parts, strict=True))
        if {commit[1], part[1]} & runs
    ]
    position = max(theirs, default=-1) + 1
    if position == len(commits):
        raise BadLake(f"{table.name} has no history left from before run {commits[-1][1] if commits else ''}")
    return commits[position][0]


def undo(lake: Lake, table: Table, main: int | None, runs: Set[str], run_id: str) -> None:
    """Let readers see the table as it was before the first of these runs, below `main`; what came later stays until it expires.

    On top is an empty commit of `run_id` that names them: it decides what is undone, and no branch that stands on them can be
    published any more. Raises Overtaken where main is another: there are runs that nobody meant to undo.
    """
    snapshot = before(lake, table, main, runs)
    lake.drop(table, run_id)
    nothing = local_frame(lake.spark, table, [])
    commit = lake.stage(
        table, nothing, run_id, base=snapshot, replaces=None, notes={"undone": json.dumps(sorted(runs))}
    ).snapshot
    lake.move(table, main, commit)
    lake.drop(table, run_id)


def undoings(lake: Lake, table: Table, snapshot: int | None) -> dict[str, set[str]]:
    """The runs that went back, in the commits up to the snapshot, newest first, each with those that it undid."""
    notes = zip(
        lake.snapshot_properties(table, snapshot, "run_id"),
        lake.snapshot_properties(table, snapshot, "undone"),
        strict=True,
    )
    return {str(run_id): set(json.loads(runs)) for (_, run_id), (_, runs) in notes if runs}
