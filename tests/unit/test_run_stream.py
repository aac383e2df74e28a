"""What a stream publishes, prints and sends when it publishes or closes."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.realtime.watch import JOB
from jobs.runtime.batch import stream_publication
from jobs.runtime.batch.run_stream import _Stream
from jobs.runtime.batch.stream_publication import StreamPublisher
from jobs.runtime.streaming.publication_batch import PublicationBatch
from jobs.runtime.streaming.stream_state import StreamState
from schemas.realtime.alerts import ALERTS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from tests.detection import NOON, Event, at, every, summed
from tests.unit.test_stream_state import rates
from transforms.detection.rules import RuleSet

ENFORCE = '{"mode": "enforce", "mass_block_guard": {"max_share": 1}}'
# A rule that later events can undo: it fires when its window has been over for lateness_s.
CARTS = every(12, 40, user_id=2, event_type="cart")


class Stream(_Stream):
    """A stream without Spark, whose publications are in `batches`. The clock is so many seconds after noon."""

    def __init__(self, folder: Path, clock_s: int, **values: Any) -> None:
        (folder / "rules.json").write_text(ENFORCE)
        options = dict.fromkeys(("checkpoint", "notify", "block_table", "metrics"))
        self.printed, self.batches, self.sent = list[str](), list[PublicationBatch](), list[str]()
        self.forgotten_persons, self.has_rows = list[int](), True
        clock = datetime.fromtimestamp(NOON + clock_s, UTC)
        given = {"lake": str(folder), "rules": str(folder / "rules.json"), "block_file": str(folder / "blocks.json")}
        super().__init__(
            JOB,
            {**options, **given, "clock": clock, "publish_s": 60, "trigger_s": 2, **values},
            SimpleNamespace(print=self.printed.append),  # type: ignore[arg-type]
            SimpleNamespace(),  # type: ignore[arg-type]
            SimpleNamespace(run_id="r", forgotten_hashes=self._hashes),  # type: ignore[arg-type]
        )
        stop: Any = None
        self.publisher: Any = StreamPublisher(JOB, self.rules, "", self.values, self.lake, self.ledger, stop)
        self.publisher._run = self._run
        self.notifier: Any = SimpleNamespace(send=self._send)
        self.state = StreamState.new(self.rules, "median")

    def take(self, *events: Event) -> None:
        """Advance the state by a batch of events, and announce what follows."""
        state = self.state
        state.batch += 1
        state.counts += {"read": len(events), "kept": len(events)}
        now = int(self.values["clock"].timestamp())
        state.detector.advance(summed(events, self.rules), keep_since=state.rates_until, now=now)
        self.announcer.announce(state, state.detector.certain_until)

    def _hashes(self, _table: Any) -> dict[str, list[str]]:
        return {"": [hashlib.sha256(str(person).encode()).hexdigest() for person in self.forgotten_persons]}

    def _run(self, batch: PublicationBatch) -> bool:
        self.batches.append(batch)
        return self.has_rows

    def _send(self, queue: Any) -> None:
        self.sent += [f"{one['until']} {line}" for one in queue.unsent.values() for line in one["lines"]]
        queue.unsent.clear()

    def bot_alerts(self) -> list[str]:
        return [row["key"] for row in self.batches[-1].changed[BOT_ALERTS]]


def test_a_person_who_was_erased_since_the_last_publication_is_not_published(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 3600)
    stream.take(*every(0.9, 70, user_id=1), *every(0.9, 70, user_id=2))
    stream._record("certain")
    assert stream.bot_alerts() == ["1", "2"]
    stream.forgotten_persons.append(1)
    stream._record("certain")
    assert stream.bot_alerts() == ["2"]


def test_blocks_that_are_found_when_a_stream_closes_are_sent_and_stay(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 7200)
    reports = list[Any]()
    stream.sinks.sinks = [*stream.sinks.sinks, SimpleNamespace(send=reports.append)]  # type: ignore[misc]
    stream.take(*CARTS)
    stream._close()
    blocks = (tmp_path / "blocks.json").read_text()
    assert '"rule": "cart_flood"' in blocks
    assert [one.rule for one in reports[-1].incidents] == ["cart_flood"]
    stream.take(at(490, user_id=3))
    stream._send_report({}, [])
    assert (tmp_path / "blocks.json").read_text() == blocks


@pytest.mark.parametrize(("clock_s", "counted"), [(300, 190), (1500, 301)])
def test_a_run_closes_windows_only_when_no_more_events_of_their_time_can_come(
    tmp_path: Path, clock_s: int, counted: int
) -> None:
    stream = Stream(tmp_path, clock_s)
    stream.take(*(at(second, user_id=second) for second in range(300)), at(540, user_id=900))  # its clock is ahead
    stream._close()
    rows = stream.batches[-1].new[EVENT_RATES].to_pylist()  # type: ignore[union-attr]
    assert sum(row["events"] for row in rows if row["category_id"] is None) == counted


def test_windows_stay_open_as_long_as_events_may_be_late(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 1500)
    stream.rules = replace(stream.rules, lateness_s=3600)
    stream.state = StreamState.new(stream.rules, "median")
    stream.take(*(at(second, user_id=second) for second in range(300)))
    open_until = stream.state.detector.watermark
    stream._close()
    assert stream.state.detector.watermark == open_until
    stream.values = {**stream.values, "clock": datetime.fromtimestamp(NOON + 3900, UTC)}
    stream._close()
    assert stream.state.detector.watermark == NOON + 300


def test_a_run_without_new_files_closes_what_an_earlier_one_has_left_open(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 300)
    stream.take(*(at(second, user_id=second) for second in range(300)))
    stream._close()
    stream._close()
    assert len(stream.batches) == 1
    stream.values = {**stream.values, "clock": datetime.fromtimestamp(NOON + 1500, UTC)}
    stream._close()
    assert stream.batches[-1].new[EVENT_RATES].num_rows == 12 * 4  # type: ignore[union-attr]
    stream._close()
    assert len(stream.batches) == 2


# A flood, and a timer that goes on: the rule for it fires 2 minutes after its window.
ATTACKS = sorted(
    (*every(0.9, 70, user_id=1), *(at(place * 4, user_id=2) for place in range(150))), key=lambda e: e["time"]
)


@pytest.mark.parametrize("ends", [(60,), (250,), (300, 350), range(50, 900, 50)])
def test_runs_that_close_find_what_one_run_finds_in_all_their_events(tmp_path: Path, ends: Sequence[int]) -> None:
    events = [*ATTACKS, at(840, user_id=1), at(880, user_id=2), at(900, user_id=3)]
    found = list[Any]()
    for name, closes in (("one", ()), ("many", ends)):
        (tmp_path / name).mkdir()
        stream = Stream(tmp_path / name, 7200)
        for since, until in pairwise((0, *closes, 901)):
            if part := [one for one in events if since <= one["time"] - NOON < until]:
                stream.take(*part)
            stream._close()
        alerts = sorted(str(row) for batch in stream.batches for row in batch.new[ALERTS])
        detector = stream.state.detector
        blocked = (tmp_path / name / "blocks.json").read_text()
        found.append(
            (
                detector.all_incidents(),
                detector.blocks(),
                sorted(one for one in stream.printed if "kept" not in one),
                alerts,
                blocked,
            )
        )
    assert found[1] == found[0]


def test_lines_are_counted_with_the_next_publication_that_has_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_publication, "published_labels", lambda *_: set())
    stream = Stream(tmp_path, 3600)
    for stream.has_rows, read in ((False, 30), (True, 60)):
        stream.take(*(at(second, user_id=second) for second in range(30)))
        stream._record("certain")
        assert stream.batches[-1].counts["read"] == read
    assert stream.state.counts["read"] == 0


def test_lines_of_a_publication_that_was_killed_after_its_commits_are_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream(tmp_path, 3600)
    stream.has_rows = False
    stream.take(at(0, user_id=1))
    monkeypatch.setattr(stream_publication, "published_labels", lambda *_: {stream.state.label})
    stream._record("certain")
    assert stream.state.counts["read"] == 0


@pytest.mark.parametrize(("lines", "size", "publications"), [(20_001, 10, 1), (40, 500_000, 1), (40, 10, 0)])
def test_rejected_lines_do_not_wait_where_they_are_many_or_long(
    tmp_path: Path, lines: int, size: int, publications: int
) -> None:
    class Rejecting(Stream):
        def _advance(self, state: StreamState, _lines: Any) -> Counter[str]:
            state.rejected += [{"raw_line": "x" * size}] * lines
            return Counter()

    stream = Rejecting(tmp_path, 0)
    stream._take(cast(Any, None), 0)
    assert len(stream.batches) == publications


def test_unusual_rates_of_a_backlog_are_printed_and_sent(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 86_400)
    stream.state.models.judge(rates(20), RuleSet())
    stream.state.rates_until = NOON + 20 * 60
    burst = [at(20 * 60 + one / 100, user_id=one) for one in range(900)]
    usual = [at(20 * 60 + 10 * one, user_id=one) for one in range(1, 400)]
    stream.take(*burst, *usual)
    stream._close()
    assert [row["rule"] for row in stream.batches[-1].new[ALERTS]].count("rate_anomaly") > 0
    assert any("rate_anomaly: view, up to 900" in line for line in stream.printed)
    assert any("rate_anomaly: view, up to 900" in line for line in stream.sent)


def test_unusual_rates_of_a_backlog_are_printed_in_their_order(tmp_path: Path) -> None:
    class Reading(Stream):
        def _advance(self, state: StreamState, lines: Any) -> Counter[str]:
            state.detector.advance(summed(lines, self.rules), keep_since=state.rates_until)
            return Counter()

    stream = Reading(tmp_path, 86_400, publish_s=0)
    stream.state.models.judge([{**row, "events": 1} for row in rates(20)], RuleSet())
    stream.state.rates_until = NOON + 20 * 60
    usual = [at(10 * one, user_id=one) for one in range(120, 540)]
    bursts = [at(start + one / 10, user_id=one) for start in (1810, 5330) for one in range(60)]
    stream._take(cast(Any, [*usual, *bursts]), 0)
    stream._close()
    said = [line for line in stream.printed if "rate_anomaly" in line]
    assert [f"{line[11:16]} {'resolved' in line}" for line in said] == ["12:30 False", "12:45 True", "13:29 False"]


def test_a_notice_when_a_stream_closes_names_its_last_event_and_delays_no_later_one(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 7200)
    stream.take(*CARTS)
    stream._close()
    [sent] = stream.sent
    assert sent.startswith("2019-10-01 12:08:00 2019-10-01 ")
    assert "cart_flood" in sent
    assert stream.state.notices.notified_at == {"cart_flood": NOON + 480}


def test_notices_that_wait_for_others_are_sent_when_a_stream_closes(tmp_path: Path) -> None:
    stream = Stream(tmp_path, 7200)
    for user in (1, 2):
        stream.take(*every(0.9, 70, user_id=user))
    assert list(stream.state.notices.waiting) == ["user_rate"]
    stream._record()
    stream._close()
    assert [line.split(",")[0].split()[-1] for line in stream.sent] == ["1", "2"]
