"""The file of the blocks in force."""

import json
from dataclasses import replace
from pathlib import Path

from jobs.runtime.streaming.external_sinks import BatchReport, BlockFile
from transforms.detection.block_list import Block
from transforms.detection.rules import Key

BLOCK = Block("user_rate", Key("user_id", "7"), "block", 100, 200, 100, 1.5, 3_800, 1, "enforce")


def test_the_file_has_the_blocks_in_force_and_is_written_when_they_change(tmp_path: Path) -> None:
    file, location = BlockFile(str(tmp_path / "lists" / "blocks.json")), tmp_path / "lists" / "blocks.json"
    other = replace(BLOCK, key=Key("ip", "192.0.2.1"), action="challenge", expires_at=900)
    left_out = [replace(BLOCK, key=Key("user_id", "8"), mode="observe"), replace(BLOCK, is_lifted=True)]
    file.send(BatchReport({}, [], [BLOCK, other, *left_out], 300))
    rows = [json.loads(line) for line in location.read_text().splitlines()]
    assert [(row["key_kind"], row["key"], row["action"], row["expires_at"]) for row in rows] == [
        ("ip", "192.0.2.1", "challenge", "1970-01-01T00:15:00Z"),
        ("user_id", "7", "block", "1970-01-01T01:03:20Z"),
    ]
    written_at = location.stat().st_mtime_ns
    file.send(BatchReport({}, [], [other, BLOCK], 400))
    assert location.stat().st_mtime_ns == written_at
    file.send(BatchReport({}, [], [BLOCK, other], 900))
    assert [json.loads(line)["key"] for line in location.read_text().splitlines()] == ["7"]
    file.send(BatchReport({}, [], [], 950))
    assert location.read_text() == ""
