"""The checkpoint of a stream: which files were read, and the state after them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import StreamJob
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.publication_batch import published_labels
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from schemas.realtime.blocked_actors import BLOCKED_ACTORS
from transforms.detection.rules import PANE_S, RuleSet


@dataclass(frozen=True)
class Checkpoint:
    """The folders `spark` and `state` of a stream."""

    job: StreamJob
    values: Mapping[str, Any]
    lake: Lake
    print: Callable[[str], None]

    @property
    def folder(self) -> str:
        return self.values["checkpoint"] or f"{self.values['lake']}/streams/{self.job.name}"

    @property
    def files(self) -> StateFiles:
        return StateFiles(f"{self.folder}/state")

    def load(self, rules: RuleSet) -> StreamState:
        """The state to go on from; the first one where the stream is new.

        Raises BadLake where the tables are of a stream whose checkpoint is not there, or not all of it, and where the
        checkpoint is of a stream into another lake.
        """
        if self.files.has_any() and self.values["start_over"]:
            self.print(f"--start_over has no effect: the stream goes on from its checkpoint in {self.folder}")
        if not (self.files.has_any() or self.values["start_over"]) and published_labels(self.lake, self.job.tables):
            raise BadLake(
                f"{self.job.writes.name} is of a stream whose checkpoint is not in {self.folder}; name its folder"
                " with --checkpoint, or use --start_over: events up to the last published window are then late"
            )
        if self.files.has_batches() and not object_store.exists(f"{self.folder}/spark"):
            raise BadLake(f"{self.folder} has no folder spark, which tells what was read; restore it")
        state = self.files.load_newest(rules, self.values["detector"]) or self._first_state(rules)
        if state.table_id != self.lake.table_id(self.job.writes):
            raise BadLake(
                f"{self.folder} is of a stream into another lake, and has read files that this one has no rows of;"
                " name another folder with --checkpoint"
            )
        return state

    def _first_state(self, rules: RuleSet) -> StreamState:
        """The state before the first batch."""
        state = StreamState.new(rules, self.values["detector"])
        state.table_id = self.lake.table_id(self.job.writes)
        newest = self.lake.published(self.job.writes).agg(F.unix_seconds(F.max(self.job.writes.time))).collect()[0][0]
        if newest is not None:
            state.rates_until = newest + PANE_S
            state.detector.start_at(state.rates_until)
            self._warn_of_blocks(state.rates_until)
        self.files.write(state)
        return state

    def _warn_of_blocks(self, now: int) -> None:
        """Tell that no state has the blocks in force."""
        in_force = (F.col("mode") == "enforce") & (F.unix_seconds("expires_at") > now)
        blocks = self.lake.published(BLOCKED_ACTORS).filter(in_force).agg(F.count("*")).collect()[0][0]
        if blocks:
            self.print(
                f"--start_over: the new checkpoint does not know the blocks in force ({blocks:,}): they stay in"
                f" {BLOCKED_ACTORS.name} and --block_table until they expire, and are removed from --block_file"
            )
