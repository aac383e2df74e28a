"""Panes of events, and the command that applies rules to recorded events."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.realtime import backtest_rules
from jobs.runtime.run import main
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.spark.small_frames import local_frame
from jobs.runtime.streaming.events_to_panes import panes
from schemas.realtime.raw_stream_events import RAW_STREAM_EVENTS
from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE, Column, Table
from tests.conftest import HEADER, line
from tests.detection import at, every, instant, summed
from transforms.detection.panes import MAX_TIMES, keyed_events
from transforms.detection.rules_file import read_rules
from transforms.detection.stream_events import stream_events

TYPED = Table(
    "tests.events",
    "one row per event",
    tuple(
        Column(name, kind, "")
        for name, kind in {
            "event_time": "timestamp",
            "event_type": "string",
            "product_id": "long",
            "category_id": "long",
            "user_id": "long",
            "user_session": "string",
            "ip": "string",
            "event_id": "string",
        }.items()
    ),
)


def test_panes_are_the_sums_of_events_by_key(spark: SparkSession) -> None:
    chance, rules = random.Random(5), read_rules('{"rules": {"breadth": {"min_distinct": 3, "limit": 3}}}')
    events = [at(0, user_id=9, category_id=4, event_type="cart") for _ in range(MAX_TIMES + 1)]
    events += [at(seconds) for seconds in (-0.1, 0, 9.999999, 10)]  # an event without keys
    events += [
        at(
            chance.randrange(300) / 10,
            event_type=chance.choice(("view", "cart", "remove_from_cart", "purchase")),
            product_id=chance.randrange(9),
            user_id=chance.randrange(3),
            user_session=chance.choice(("s", "t", None)),
            category_id=chance.choice((1, 2, None)),
            ip=chance.choice(("192.0.2.1", None)),
        )
        for _ in range(200)
    ]
    frame = local_frame(spark, TYPED, [{**event, "event_time": instant(event)} for event in events])
    found, expected = panes(to_arrow(keyed_events(frame)), rules), summed(events, rules)
    assert found.keys() == expected.keys()
    for kind, of_kind in found.items():
        assert of_kind["key_hash"].to_pylist() == sorted(of_kind["key_hash"].to_pylist())
        assert of_kind.schema == expected[kind].schema
        given, wanted = (table.drop(["key_hash"]).to_pylist() for table in (of_kind, expected[kind]))
        assert sorted(map(str, given)) == sorted(map(str, wanted)), kind


def test_events_of_a_stream_are_validated_like_those_of_files(spark: SparkSession) -> None:
    raw = Table("tests.raw", "one row per line", (*RAW_STREAM_EVENTS.columns, SOURCE_FILE, RAW_LINE, MALFORMED))
    fields = dict(zip(HEADER.split(","), line().split(","), strict=True))
    given = [{**fields, "ip": " 192.0.2.1"}, {**fields, "ip": "", "price": "free"}]
    rows = local_frame(spark, raw, [{**row, "malformed": False} for row in given])
    found = stream_events(rows, clock=datetime(2020, 1, 1, tzinfo=UTC)).select("ip", "user_id", "problems").collect()
    assert [tuple(row) for row in found] == [("192.0.2.1", 1, []), (None, 1, ["bad_price"])]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A file with a flood, a visitor just below the limit, whose events are there twice, a monitor, and no event."""
    events = [*every(0.98, 60, user_id=1), *every(0.98, 59, user_id=2), *every(0.98, 60, user_id=3)]
    lines = [line(event_time=instant(event), user_id=str(event["user_id"])) for event in events]
    lines = [f"{text},e{place}" for place, text in enumerate([*lines, line(price="free")])]
    (tmp_path / "day.csv").write_text("\n".join([f"{HEADER},event_id", *lines, *lines[60:119]]))
    (tmp_path / "rules.json").write_text(json.dumps({"allow": [{"id": "3", "note": "our monitor"}]}))
    return tmp_path


def test_a_backtest_tells_for_each_rule_who_would_have_been_blocked(
    spark: SparkSession, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--input", str(recorded / "day.csv"), "--rules", str(recorded / "rules.json")]
    assert main(backtest_rules.JOB, arguments) == 0
    output = capsys.readouterr().out
    seen = "2019-10-01 12:01:00 to 2019-10-01 12:01:00, at most 60, bot score 11 (user_rate 60, breadth 1)"
    assert "239 events read = 179 kept + 59 duplicate + 1 rejected, bad_price 1" in output
    assert "ip_rate: no event has a value in ip" in output
    assert "user_rate (60 events in 60 s per user_id): 2 incidents, 1 would have been blocked" in output
    assert f"user_id 1: {seen}: block, observe, until 2019-10-01 13:01:00" in output
    assert f"user_id 3: {seen}: allowed" in output
    assert "user_id 2" not in output
    assert main(backtest_rules.JOB, [*arguments, "--explain", "2"]) == 0
    most = "0 incidents; at most 59, in the window that ends at 2019-10-01 12:01:00"
    assert f"user_id 2, user_rate (60 events in 60 s per user_id): {most}" in capsys.readouterr().out


def test_a_backtest_refuses_a_file_of_rules_that_is_wrong(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded / "rules.json").write_text('{"mode": "on"}')
    arguments = ["--input", str(recorded / "day.csv"), "--rules", str(recorded / "rules.json")]
    assert main(backtest_rules.JOB, arguments) == 2
    assert 'rules.json: mode is "on"; it has to be one of observe, enforce' in capsys.readouterr().out
