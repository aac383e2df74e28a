"""Where a stream goes on from."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jobs.realtime.watch import JOB
from jobs.runtime.batch.stream_checkpoint import Checkpoint
from jobs.runtime.streaming.stream_state import StreamState
from transforms.detection.rules import RuleSet


def test_start_over_says_that_it_does_nothing_where_the_checkpoint_is_there(tmp_path: Path) -> None:
    lake: Any = SimpleNamespace(table_id=lambda _: "")
    values = {"checkpoint": str(tmp_path), "start_over": True, "detector": "median"}
    printed = list[str]()
    checkpoint = Checkpoint(JOB, values, lake, printed.append)
    checkpoint.files.write(StreamState.new(RuleSet()))
    checkpoint.load(RuleSet())
    assert printed == [f"--start_over has no effect: the stream goes on from its checkpoint in {tmp_path}"]
