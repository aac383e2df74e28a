"""Stream jobs that use services of AWS where no region is set: a clear line and code 2."""

from pathlib import Path

import pytest

from jobs.realtime import poll_kinesis, replay_events
from jobs.runtime.errors import BadInput
from jobs.runtime.run import main
from jobs.runtime.streaming.external_sinks import Sinks
from transforms.detection.rules import RuleSet

pytest.importorskip("botocore", reason="the extra driver is not installed")


@pytest.fixture(autouse=True)
def no_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_a_stream_cannot_be_read_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text("{}")
    assert main(poll_kinesis.JOB, ["--stream", "shop", "--output", str(tmp_path / "out")]) == 2
    assert "kinesis:shop: You must specify a region." in capsys.readouterr().out
    for output in ("kinesis:shop", "firehose:shop"):
        assert main(replay_events.JOB, ["--input", str(tmp_path / "in.json"), "--output", output]) == 2
        assert f"{output}: You must specify a region." in capsys.readouterr().out


@pytest.mark.parametrize("option", ["block_table", "metrics"])
def test_a_watch_does_not_start(option: str) -> None:
    values = {"block_table": None, "block_file": None, "metrics": None, option: "shop"}
    with pytest.raises(BadInput, match=f"--{option} shop: You must specify a region"):
        Sinks.of(values, RuleSet(), "run")
