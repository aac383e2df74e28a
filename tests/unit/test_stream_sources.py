"""Where a stream comes from: which option values are accepted, and what Glue's connector is asked for."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, cast

import pytest

from jobs.runtime.errors import BadArgument, BadInput, WeirError
from jobs.runtime.spark import glue_session
from jobs.runtime.streaming import sources
from jobs.runtime.streaming.sources import kinesis_options, read_lines
from jobs.runtime.streaming.stream_option_types import folder_or_kinesis

ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/shop-events"
WITHOUT_SPARK = cast(Any, None)


def test_the_input_of_a_stream_is_a_folder_or_the_arn_of_a_data_stream() -> None:
    assert folder_or_kinesis(f"kinesis:{ARN}") == f"kinesis:{ARN}"
    assert folder_or_kinesis("s3://events/shop") == "s3://events/shop"
    for text in ("kinesis:shop-events", f"kinesis:{ARN}/consumer/one:1", "kinesis:"):
        with pytest.raises(ArgumentTypeError, match="has no ARN of a data stream; example: kinesis:arn"):
            folder_or_kinesis(text)


@pytest.mark.parametrize(
    ("source", "available_now", "error", "message"),
    [
        (f"kinesis:{ARN}", True, BadArgument, "has no end; leave out --available_now"),
        (f"kinesis:{ARN}", False, BadInput, "is read by Glue's connector; elsewhere, run realtime.poll_kinesis"),
        ("/no/such/folder", False, BadInput, "there is no such folder"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(
    source: str, available_now: bool, error: type[WeirError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_lines(WITHOUT_SPARK, {"input": source, "available_now": available_now})


@pytest.mark.parametrize("option", ["lake", "checkpoint"])
def test_a_folder_that_has_the_lake_is_refused(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    apart = {"input": str(tmp_path / "in"), "lake": str(tmp_path / "inner"), "checkpoint": None, "available_now": True}
    for place in (tmp_path / "in" / "there", tmp_path / "in", "in/there"):
        with pytest.raises(BadArgument, match=f"--{option} .* is in --input .*/in, whose subfolders are read too"):
            read_lines(WITHOUT_SPARK, {**apart, option: str(place)})
    with pytest.raises(AttributeError):  # there is no Spark
        read_lines(WITHOUT_SPARK, {**apart, "max_files": 1})
    monkeypatch.setattr(sources.object_store, "exists", lambda _: True)
    with pytest.raises(BadArgument, match=f"--{option} s3a://events/shop/there is in --input s3://events/shop/, whose"):
        read_lines(WITHOUT_SPARK, {**apart, "input": "s3://events/shop/", option: "s3a://events/shop/there"})


def test_glues_connector_is_asked_for_whole_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context = pytest.importorskip("awsglue.context", reason="the extra awsglue is not installed")
    dataframereader = pytest.importorskip("awsglue.dataframereader")
    asked = list[tuple[Any, ...]]()

    class Source:
        def getFrame(self) -> str:  # noqa: N802
            return "the frame"

    class Context(context.GlueContext):  # type: ignore[misc]
        def __init__(self, _: Any) -> None:
            self.create_data_frame = dataframereader.DataFrameReader(self)

        def getStreamingSource(self, *arguments: Any, **options: Any) -> Source:  # noqa: N802
            asked.append((arguments[0], options))
            return Source()

    monkeypatch.setattr(context, "GlueContext", Context)
    monkeypatch.setattr(glue_session.SparkContext, "getOrCreate", lambda: None)
    options = kinesis_options(f"kinesis:{ARN}")
    assert glue_session.streaming_frame("kinesis", options) == "the frame"
    expected = {
        "streamARN": ARN,
        "startingPosition": "TRIM_HORIZON",
        "classification": "json",
        "inferSchema": "true",
        "emitConsumerLagMetrics": "true",
    }
    assert asked == [("kinesis", expected)]
