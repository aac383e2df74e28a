"""Replay: every event once, in order, at its time; attacks with labels; and what a stream takes."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.realtime import replay_events
from jobs.runtime.errors import BadInput, BadLake
from jobs.runtime.run import main
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import list_files
from jobs.runtime.streaming import replay_destinations
from jobs.runtime.streaming.attack_injection import ATTACKS, AttackInjector
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.recorded_events import EventReader, RecordedEvent, read_time
from jobs.runtime.streaming.replay_destinations import HotKeys, Record, StreamDestination, batches
from jobs.runtime.streaming.replay_events import _scheduled, _with_jitter
from jobs.samples.shop_events import shop_events
from tests.detection import Event, summed
from transforms.detection.rules import RuleSet

DAY = ["2019-10-01 00:00:00 UTC", "2019-10-01 00:00:10 UTC", "2019-10-01 00:00:05 UTC", "soon"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    folder = tmp_path / "recording"
    folder.mkdir()
    rows = (f"{at},view,{user},,e{user}" for user, at in enumerate(DAY))
    lines = ["event_time,event_type,user_id,brand,event_id", *rows]
    (folder / "1.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (folder / "2.json").write_text('{"event_time": "2019-10-01T00:00:20Z", "user_id": 4}\nno event\n')
    pq.write_table(
        pa.table({"event_time": pa.array([read_time(DAY[1])]).cast("int64"), "user_id": [6]}), folder / "3.parquet"
    )
    return folder


def replayed(folder: Path) -> list[str]:
    return [line for path in sorted(folder.glob("events_*.json")) for line in path.read_text().splitlines()]


def replay(recording: Path, output: Path, *options: str) -> int:
    return main(replay_events.JOB, ["--input", str(recording), "--output", str(output), "--speed", "1e9", *options])


def test_every_event_is_replayed_once_in_the_order_of_the_files(recording: Path, tmp_path: Path) -> None:
    assert replay(recording, tmp_path / "out") == 0
    lines = replayed(tmp_path / "out")
    assert lines[0] == json.dumps({"event_time": DAY[0], "event_type": "view", "user_id": "0", "event_id": "e0"})
    assert [json.loads(line).get("user_id") for line in lines if line != "no event"] == ["0", "1", "2", "3", 4, 6]
    assert lines[5] == "no event"
    assert replay(recording, tmp_path / "again") == 0
    assert replayed(tmp_path / "again") == lines  # with the same ids


def test_events_are_due_at_their_pace_or_at_a_rate() -> None:
    events = [RecordedEvent({}, "", read_time(text)) for text in DAY]
    assert [due for due, _, _ in _scheduled(events, 2.0, None)] == [0, 5, 5, 5]
    assert [due for due, _, _ in _scheduled(events, 1.0, 4.0)] == [0, 0.25, 0.5, 0.75]


def test_jitter_delays_events_at_random_and_the_same_seed_alike() -> None:
    due = [(float(number), number, RecordedEvent({}, "", None)) for number in range(200)]
    shaken, again, other = (list(_with_jitter(due, 3.0, seed)) for seed in (1, 1, 2))
    assert shaken == again
    assert shaken != other
    assert [one[0] for one in shaken] == sorted(one[0] for one in shaken)
    assert sorted(number for _, number, _ in shaken) == list(range(200)) != [number for _, number, _ in shaken]
    assert all(0 <= at - number <= 3 for at, number, _ in shaken)


def test_an_interrupted_replay_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.json").write_text("".join(f'{{"user_id": {number}}}\n' for number in range(35_000)))
    write_text, writes_left = object_store.write_text, 0

    def fails(location: str, text: str) -> None:
        nonlocal writes_left
        writes_left -= 1
        if not writes_left:
            raise BadLake("the disk is gone")
        write_text(location, text)

    monkeypatch.setattr(object_store, "write_text", fails)
    for fails_at in (3, 4, 2):  # the checkpoint after a file, a file, a file
        writes_left = fails_at
        assert replay(tmp_path / "in.json", tmp_path / "out") == 2
    assert replay(tmp_path / "in.json", tmp_path / "out") == 0
    assert [json.loads(line)["user_id"] for line in replayed(tmp_path / "out")] == list(range(35_000))
    assert replay(tmp_path / "in.json", tmp_path / "out") == 0
    assert len(replayed(tmp_path / "out")) == 35_000


def test_a_checkpoint_of_another_replay_is_refused(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(recording, tmp_path / "out")
    assert replay(recording, tmp_path / "out", "--seed", "2") == 2
    assert "is of a replay of other files or with other options" in capsys.readouterr().out
    (tmp_path / "out" / ".replay.json").unlink()
    assert replay(recording, tmp_path / "out") == 2
    assert "the output has events of another replay" in capsys.readouterr().out


def as_event(recorded: RecordedEvent) -> Event:
    ids = {name: int(recorded.fields[name]) for name in ("user_id", "product_id", "category_id")}
    return {**recorded.fields, **ids, "time": recorded.at}


@pytest.mark.slow
def test_attacks_are_labelled_and_found_by_their_rules_and_by_no_others(tmp_path: Path) -> None:
    shop_events(str(tmp_path / "in"), 40_000, 2, date(2019, 10, 1), 1, dirt=False)
    reader = EventReader(list_files(str(tmp_path / "in"))[0])
    injector = AttackInjector(list(ATTACKS), after=86_400 + 36_000, every=1800, seed=1)
    rules, events = RuleSet(), [as_event(event) for event in injector.mix(reader.read())]
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    detector = BotDetector(rules)
    detector.advance(summed(events, rules))
    found = {(one.rule, one.key.kind, one.key.value) for one in detector.all_incidents()}
    labelled = {(label.rule, label.key_kind, label.key) for label in injector.labels}
    assert labelled <= found
    attackers = {label.key for label in injector.labels}
    sessions = {event["user_session"] for event in events if str(event["user_id"]) in attackers}
    assert {key for _, _, key in found} <= attackers | sessions
    ours = [event for event in events if str(event["user_id"]) == injector.labels[0].key]
    assert (len(ours), injector.labels[0].events) == (1200, 1200)
    assert "rate_flood" not in str(ours)


def test_attacks_need_a_file_of_labels_outside_the_stream(recording: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert replay(recording, output, "--attacks", "scraper") == 2
    assert replay(recording, output, "--attacks", "scraper", "--labels", f"{output}/labels.json") == 2
    options = ("--attacks", "rate_flood,scraper", "--attack_after", "5", "--attack_every", "10")
    assert replay(recording, output, *options, "--labels", str(tmp_path / "labels.json")) == 0
    labels = [json.loads(line) for line in (tmp_path / "labels.json").read_text().splitlines()]
    assert [label["attack"] for label in labels] == ["rate_flood", "scraper"]
    ids = [json.loads(line)["event_id"] for line in replayed(output) if line != "no event"]
    assert len(ids) == len(set(ids)) == 6 + sum(label["events"] for label in labels)


def test_a_flood_of_a_category_needs_events_with_one(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--attacks", "category_flood", "--attack_after", "5", "--labels", str(tmp_path / "labels.json"))
    assert replay(recording, tmp_path / "out", *options) == 2
    assert "--attacks category_flood: no event so far has a category_id" in capsys.readouterr().out


def test_attacks_that_the_recording_is_too_short_for_are_warned_of(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = ("--labels", str(tmp_path / "labels.json"))
    options = ("--attacks", "rate_flood,scraper,slow_bot", "--attack_after", "5", "--attack_every", "60")
    assert replay(recording, tmp_path / "out", *options, *labels) == 0
    expected = (
        "warning: scraper, slow_bot not started: the recording ends before; see --attack_after and --attack_every"
    )
    assert expected in " ".join(capsys.readouterr().out.split())
    assert replay(recording, tmp_path / "none", *labels) == 2
    assert "--labels needs --attacks" in capsys.readouterr().out


@pytest.mark.parametrize("empty", ["null", '""', '" "'])
def test_an_event_with_an_empty_id_gets_one(tmp_path: Path, empty: str) -> None:
    event = f'{{"event_id" : {empty}, "price": 1.50, "brand": "\\"event_id\\": null"}}'
    (tmp_path / "in.json").write_text(event)
    assert replay(tmp_path / "in.json", tmp_path / "out") == 0
    [sent] = replayed(tmp_path / "out")
    assert json.loads(sent)["event_id"].endswith(":0")
    assert sent.endswith(event.partition(",")[2])


def test_requests_are_within_the_limits_of_the_services() -> None:
    small, large = Record("x", "k"), Record("x" * 999_000, "k")
    assert [len(batch) for batch in batches([small] * 1001, 1)] == [500, 500, 1]
    assert [len(batch) for batch in batches([large] * 6, 1)] == [4, 2]
    with pytest.raises(BadInput, match="event 8 has 1,000,001 bytes"):
        batches([small, Record("x" * 1_000_000, "k")], 7)


def test_only_refused_records_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_destinations.time, "sleep", lambda _: None)
    requests = list[list[str]]()

    def put(batch: Sequence[Record]) -> list[bool]:
        requests.append([record.text for record in batch])
        return [len(requests) < 3 and record.text in "bd" for record in batch]

    target = StreamDestination("kinesis:events", put)
    target.send([Record(text, "k") for text in "abcd"], 1)
    assert (requests, target.retried) == ([list("abcd"), list("bd"), list("bd")], 4)
    with pytest.raises(BadLake, match="kinesis:events refused 1 record 12 times"):
        StreamDestination("kinesis:events", lambda batch: [True] * len(batch)).send([Record("a", "k")], 1)


def test_a_key_that_is_too_much_for_a_shard_is_warned_of_once() -> None:
    def warnings(times: int, text: str, second: int) -> list[Any]:
        return [warning for _ in range(times) for warning in hot.warnings(Record(text, text[0]), second)]

    hot = HotKeys()
    assert warnings(1000, "a", 0) == warnings(1000, "a", 1) == warnings(1, "b" * (1 << 20), 1) == []
    assert len(warnings(3, "a", 1)) == len(warnings(3, "b", 1)) == 1
