"""What a stream publishes of a state."""

from typing import Any, cast

from jobs.realtime.watch import JOB
from jobs.runtime.batch.stream_publication import StreamPublisher
from jobs.runtime.streaming.micro_batch import MicroBatch
from jobs.runtime.streaming.stream_state import StreamState
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from schemas.realtime.rejected_stream_events import REJECTED_STREAM_EVENTS
from tests.detection import NOON, at, summed
from transforms.detection.rules import RuleSet


def published(state: StreamState) -> MicroBatch:
    nothing = cast(Any, None)
    publisher = StreamPublisher(JOB, state.detector.rules, "", {}, nothing, nothing, nothing)
    return publisher.micro_batch(state)


def test_invalid_lines_are_published_also_where_there_are_no_events() -> None:
    state = StreamState.new(RuleSet())
    state.publishing, state.rejected = "all", [{"raw_line": "{", "problems": ["late"], "source_file": "1.json"}]
    batch = published(state)
    assert batch.new[REJECTED_STREAM_EVENTS] == state.rejected
    assert len(batch.new[EVENT_RATES]) == 0


def test_an_incident_that_later_events_may_undo_is_published_when_the_stream_closes_and_stays_until_they_do() -> None:
    rules = RuleSet()
    state = StreamState.new(rules)
    carts = [at(one / 10, user_id=one, user_session="s1", event_type="cart") for one in range(25)]
    state.detector.advance(summed(carts, rules), keep_since=0)
    assert published(state).changed[BOT_ALERTS] == []
    state.publishing = "all"
    [row] = published(state).changed[BOT_ALERTS]
    state.publishing, state.undoable = "certain", [("session_no_view", "user_session", "s1", NOON + 10)]
    batch = published(state)
    assert batch.changed[BOT_ALERTS] == [row]
    assert batch.undoable == [{name: row[name] for name in BOT_ALERTS.key}]
    state.detector.advance(summed([at(5, user_session="s1")], rules), keep_since=0)
    assert published(state).changed[BOT_ALERTS] == []
