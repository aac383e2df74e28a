"""What a stream publishes of a state."""

from dataclasses import replace
from typing import Any, cast

from jobs.realtime.watch import JOB
from jobs.runtime.batch.stream_publication import StreamPublisher
from jobs.runtime.streaming.output_rows import instant
from jobs.runtime.streaming.publication_batch import PublicationBatch
from jobs.runtime.streaming.stream_state import StreamState
from schemas.realtime.alerts import ALERTS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from schemas.realtime.rejected_stream_events import REJECTED_STREAM_EVENTS
from tests.detection import NOON, at, summed
from tests.unit.test_stream_state import rates
from transforms.detection.rules import RuleSet


def published(state: StreamState) -> PublicationBatch:
    nothing = cast(Any, None)
    publisher = StreamPublisher(JOB, state.detector.rules, "", {}, nothing, nothing, nothing)
    return publisher.publication_batch(state)


def test_alerts_about_unusual_rates_are_published_like_those_of_rules() -> None:
    rules = RuleSet()
    state = StreamState.new(rules, "median")
    state.models.judge(rates(21, burst_at=20), rules)
    state.rates_until = NOON + 20 * 60
    state.detector.advance(summed([at(25 * 60, user_id=7)], rules), keep_since=state.rates_until)
    found = cast(list[dict[str, Any]], published(state).new[ALERTS])
    assert [(one["rule"], one["state"], one["alerted_at"], one["keys"]) for one in found] == [
        ("rate_anomaly", "raised", instant(NOON + 21 * 60), ["event_type view"])
    ]


def test_the_end_of_an_incident_is_published_also_where_nothing_cools_down() -> None:
    rules = replace(RuleSet(), rate_anomaly=replace(RuleSet().rate_anomaly, cooldown_s=0))
    state, found = StreamState.new(rules, "median"), list[dict[str, Any]]()
    state.models.judge(rates(21, burst_at=20), rules)
    state.models.models.clear()  # what comes is not judged
    ended = NOON + 21 * 60 + rules.rate_anomaly.ttl_s
    for until in (ended + 10, ended + 70):
        state.detector.advance(summed([at(until + rules.lateness_s - NOON - 10, user_id=7)], rules), keep_since=0)
        found += cast(list[dict[str, Any]], published(state).new[ALERTS])
        state.rates_until = until
        state.models.forget_ended(until, rules)
    assert [(one["rule"], one["state"]) for one in found] == [("rate_anomaly", "raised"), ("rate_anomaly", "resolved")]


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
