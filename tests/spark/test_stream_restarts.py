"""A stream that is killed or refused, and started again: each event counts once, in one row."""

import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from jobs.realtime import watch
from jobs.runtime.batch.run_stream import _Stream
from jobs.runtime.notify.outbox import SendResult
from jobs.runtime.quality import gate
from jobs.runtime.streaming import incident_notices
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from tests.conftest import InProcess
from tests.detection import at
from tests.spark.runs.test_daily import failing
from tests.spark.test_stream import FLOOD, deliver, rows, text


def watched(stream: InProcess, clock: str, *options: str) -> int:
    arguments = ("--input", str(stream.input), "--available_now", "--clock", clock)
    return stream.run(*arguments, *options, job=watch.JOB)


def killed_after_publishing(stream: InProcess, *arguments: str) -> None:
    """Watch until the first publication; the state after it is not written."""
    write = StateFiles.write

    def fails(files: StateFiles, state: StreamState) -> None:
        if stream.lake.main(EVENT_RATES) is not None:
            raise OSError("the machine is gone")
        write(files, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StateFiles, "write", fails)
        assert watched(stream, *arguments) == 1, stream.output


def counted(stream: InProcess) -> int:
    """The events of all windows, each of which has one row for a type and category, and follows the one before."""
    found = stream.table("realtime.event_rates").collect()
    assert set(Counter((row.window_start, row.event_type, row.category_id) for row in found).values()) == {1}
    starts = sorted({row.window_start for row in found})
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(seconds=10)}
    return sum(row.events for row in found if row.category_id is None)


@pytest.mark.slow
def test_files_that_come_after_a_killed_close_are_counted(daily: InProcess) -> None:
    deliver(daily.input, "1.json", *(text(at(5 * one, user_id=100 + one, category_id=5)) for one in range(60)))
    killed_after_publishing(daily, "2019-10-02T00:00:00Z")
    assert counted(daily) == 60
    deliver(daily.input, "2.json", *(text(at(400 + 5 * one, user_id=200 + one)) for one in range(60)))
    assert watched(daily, "2019-10-02T00:00:00Z") == 0, daily.output
    assert counted(daily) == 120
    deliver(daily.input, "3.json", text(at(0, user_id=1)))  # late: no window is left to close
    assert watched(daily, "2019-10-02T00:00:00Z") == 0, daily.output
    assert counted(daily) == 120
    late = daily.table("realtime.rejected_stream_events").select("problems").collect()
    assert [row.problems for row in late] == [["late"]]


@pytest.mark.slow
def test_a_batch_is_repeated_with_the_clock_that_it_had(daily: InProcess) -> None:
    shoppers = [at(5 * one, user_id=100 + one, category_id=5) for one in range(60)]
    deliver(daily.input, "1.json", *map(text, [*shoppers, at(400, user_id=900)]))  # the clock of one is 100 s ahead
    killed_after_publishing(daily, "2019-10-01T12:05:00Z", "--publish_s", "0")
    assert watched(daily, "2019-10-01T12:05:25Z", "--publish_s", "0") == 0, daily.output
    assert watched(daily, "2019-10-01T13:00:00Z") == 0, daily.output  # closes the windows that end after that clock
    assert counted(daily) == 61


@pytest.mark.slow
def test_a_notice_that_is_sent_again_after_a_crash_is_known_as_the_same(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(daily.input, "1.json", *map(text, [*FLOOD, at(400, user_id=900)]))
    sent, write, is_killed = list[str](), StateFiles.write, [False]

    def send_once(_sender: Any, about: str, notices: Any, _ledger: Any) -> dict[str, SendResult]:
        sent.append(about)
        return dict.fromkeys(notices, SendResult("sent"))

    def fails(files: StateFiles, state: StreamState) -> None:
        if sent and not is_killed[0]:
            is_killed[0] = True
            raise OSError("the machine is gone")
        write(files, state)

    monkeypatch.setattr(incident_notices.outbox, "send_once", send_once)
    monkeypatch.setattr(StateFiles, "write", fails)
    assert watched(daily, "2019-10-01T12:05:00Z", "--notify", "print") == 1, daily.output
    assert watched(daily, "2019-10-01T12:05:25Z", "--notify", "print") == 0, daily.output
    assert len(sent) > len(set(sent)) == 1


@pytest.mark.slow
def test_the_next_publication_removes_an_incident_that_later_events_have_undone(daily: InProcess) -> None:
    carts = [at(5 + one / 10, user_id=one, user_session="s1", event_type="cart") for one in range(25)]
    deliver(daily.input, "1.json", *map(text, carts))
    assert watched(daily, "2019-10-02T00:00:00Z") == 0, daily.output
    assert all("session_no_view" in str(rows(daily)[table]) for table in ("bot_alerts", "blocked_actors"))
    deliver(daily.input, "2.json", text(at(15, user_id=3, user_session="s1")), text(at(5000, user_id=4)))
    assert watched(daily, "2019-10-02T00:00:00Z") == 0, daily.output
    assert (rows(daily)["bot_alerts"], rows(daily)["blocked_actors"]) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("publish_s", [pytest.param("0", marks=pytest.mark.nightly), "60"])
def test_a_refused_publication_without_invalid_lines_ends_with_3_and_is_repeated(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, publish_s: str
) -> None:
    deliver(daily.input, "1.json", *map(text, FLOOD))
    options = ("2019-10-02T00:00:00Z", "--publish_s", publish_s)  # with 0, the first publication has no rates
    monkeypatch.setattr(gate, "suite", failing(BOT_ALERTS, 0))
    assert watched(daily, *options) == 3, daily.output
    assert "realtime.bot_alerts failed: few rows (observed value 1)" in daily.output
    assert {daily.lake.main(table) for table in watch.JOB.tables} == {None}
    monkeypatch.undo()
    assert watched(daily, *options) == 0, daily.output
    assert counted(daily) == len(FLOOD)
    assert len(rows(daily)["bot_alerts"]) == len(rows(daily)["blocked_actors"]) == 1


@pytest.mark.nightly
@pytest.mark.slow
def test_a_stream_that_gets_no_more_files_publishes_what_it_has_read(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(daily.input, "1.json", *map(text, FLOOD))
    go_on, published, began = _Stream._go_on_quietly, list[bool](), time.monotonic()

    def watches(stream: _Stream) -> None:
        go_on(stream)
        if stream.state.batch == 0:
            published.append(daily.lake.main(BOT_ALERTS) is not None)
        if any(published) or time.monotonic() > began + 100:
            raise OSError("the test has seen enough")

    monkeypatch.setattr(_Stream, "_go_on_quietly", watches)
    options = ("--clock", "2019-10-02T00:00:00Z", "--trigger_s", "1", "--publish_s", "20")
    assert daily.run("--input", str(daily.input), *options, job=watch.JOB) == 1
    assert "the test has seen enough" in daily.output
    assert (published[0], published[-1]) == (False, True)  # not with its batch
    assert daily.spark.streams.active == []
    assert watched(daily, "2019-10-02T00:00:00Z") == 0, daily.output
    assert counted(daily) == len(FLOOD)
    assert len(rows(daily)["bot_alerts"]) == 1
