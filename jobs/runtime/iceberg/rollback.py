"""Roll a table back to before some runs, and find which runs were rolled back."""

import json
from collections.abc import Set

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.snapshot_summaries import PART_OF
from jobs.runtime.spark.small_frames import local_frame
from schemas.table import Table


def snapshot_before(lake: Lake, table: Table, main: int | None, runs: Set[str]) -> int:
    """The newest ancestor of `main` from before the first of these runs; `main` itself where none of them committed.

    Raises BadLake where that snapshot has expired.
    """
    commits, parts = (list(lake.snapshot_properties(table, main, name)) for name in ("run_id", PART_OF))
    positions = [
        position
        for position, (commit, part) in enumerate(zip(commits, parts, strict=True))
        if {commit[1], part[1]} & runs
    ]
    position = max(positions, default=-1) + 1
    if position == len(commits):
        raise BadLake(f"{table.name} has no history left from before run {commits[-1][1] if commits else ''}")
    return commits[position][0]


def roll_back(lake: Lake, table: Table, main: int | None, runs: Set[str], run_id: str) -> None:
    """Set main to the table as it was before the first of these runs. Later snapshots stay until they expire.

    An empty commit of `run_id` that names the runs is added on top. It records which runs are rolled back, and prevents
    the publication of branches that are based on them. Raises Overtaken where main has moved: nobody asked to roll back
    the run that moved it.
    """
    snapshot = snapshot_before(lake, table, main, runs)
    lake.drop_branch(table, run_id)
    no_rows = local_frame(lake.spark, table, [])
    staged = lake.stage(
        table, no_rows, run_id, base=snapshot, replaces=None, properties={"undone": json.dumps(sorted(runs))}
    )
    lake.set_main(table, main, staged.snapshot)
    lake.drop_branch(table, run_id)


def rolled_back_runs(lake: Lake, table: Table, snapshot: int | None) -> dict[str, set[str]]:
    """The rollbacks in the history of the snapshot, newest first: the run that did it, and the runs it rolled back."""
    commits = zip(
        lake.snapshot_properties(table, snapshot, "run_id"),
        lake.snapshot_properties(table, snapshot, "undone"),
        strict=True,
    )
    return {str(run_id): set(json.loads(runs)) for (_, run_id), (_, runs) in commits if runs}
