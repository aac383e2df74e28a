"""Rules that change between two starts: which blocks end, and what has been decided before and stays."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from tests.detection import NOON, Event, at, every, summed
from transforms.detection.block_list import Block
from transforms.detection.rules_file import read_rules

FLOOD = every(0.9, 70, user_id=1)
OWN = {"x": {"keys": ["user_id"], "window_s": 60, "limit": 10}}
ALERTED = {"user_rate": {"action": "alert"}}


def later(seconds: int, events: Sequence[Event] = FLOOD) -> list[Event]:
    return [{**event, "time": event["time"] + seconds} for event in events]


def started(path: Path, rules: Mapping[str, Any], state: StreamState | None = None) -> StreamState:
    """A stream with these rules, from what another has written."""
    read, files = read_rules(json.dumps({"mode": "enforce", **rules})), StateFiles(str(path))
    if state is None:
        return StreamState.new(read)
    state.batch += 1
    files.write(state)
    return files.load(state.batch, read)


def advance(state: StreamState, *parts: Sequence[Event]) -> list[str]:
    """Run and publish batches. Returns what is printed."""
    printed = list[str]()
    for events in parts:
        state.detector.advance(summed(events, state.detector.rules))
        Announcer(state.detector.rules, printed.append).announce(state, state.detector.certain_until)
        state.rates_until = state.detector.watermark
        state.detector.forget_ended()
    return printed


def of_bot(state: StreamState) -> list[Block]:
    """The blocks of visitor 1."""
    return [block for block in state.detector.blocks()[0] if block.key.value == "1"]


# What ends a block: rules before and after, and the events in between.
CLOSED = (FLOOD, [at(400, user_id=99)])
DENIED = {"deny": [{"id": "1"}, {"id": "9"}]}
ENDED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any], Sequence[Sequence[Event]]]] = {
    "its entry on the deny list is removed": (
        DENIED,
        {"deny": [{"id": "9"}]},
        ([at(0, user_id=1)], [at(400, user_id=99)]),
    ),
    "the deny list is removed": (DENIED, {}, ([at(0, user_id=1)],)),
    "its entry has expired before": (
        DENIED,
        {"deny": [{"id": "1", "expires": "2019-10-01T11:00:00Z"}]},
        ([at(0, user_id=1)], [at(400, user_id=99)]),
    ),
    "its rule is removed": ({"rules": OWN}, {}, ([at(one, user_id=1) for one in range(12)],)),
    "its rule only alerts": ({}, {"rules": ALERTED}, CLOSED),
    "its rule blocks for a shorter time": ({}, {"rules": {"user_rate": {"ttl_s": 60}}}, CLOSED),
    "its key is allowed": ({}, {"allow": [{"id": "1"}]}, CLOSED),
    "its key is allowed while its windows are open": ({}, {"allow": [{"id": "1"}]}, (FLOOD,)),
    "no rule blocks any more": ({}, {"mode": "observe"}, CLOSED),
}


@pytest.mark.parametrize("case", ENDED)
def test_a_block_ends_with_the_start_of_a_stream_whose_rules_block_no_more(tmp_path: Path, case: str) -> None:
    before, after, parts = ENDED[case]
    state = started(tmp_path, before)
    advance(state, *parts)
    blocks, now = of_bot(state), state.detector.certain_until
    assert blocks
    state = started(tmp_path, after, state)
    for _ in range(2):
        lifted = [(block.mode, block.is_lifted, block.expires_at) for block in of_bot(state)]
        assert set(lifted) == {("enforce", True, max(now, blocks[0].last_seen + 1))}
        assert len(lifted) == len(blocks)
        advance(state, [at(1000, user_id=99)])
        state = started(tmp_path, before, state)  # nor does it come back
    advance(state, [at(8 * 86_400, user_id=99)])
    assert of_bot(state) == []


HOUR = 3600
# What changes nothing about a block that is over: rules before and after, and the events in between.
OVER: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any], Sequence[Sequence[Event]]]] = {
    "longer blocks": ({}, {"rules": {"user_rate": {"ttl_s": 86_400}}}, (FLOOD, [at(2 * HOUR, user_id=99)])),
    "recorded, then enforced": ({"mode": "observe"}, {}, (FLOOD, [at(2 * HOUR, user_id=99)])),
    "enforced, then recorded": ({}, {"mode": "observe"}, (FLOOD, [at(2 * HOUR, user_id=99)])),
    "an unban that is removed": ({"unban": [{"id": "1", "at": "2019-10-01T12:05:00Z"}]}, {}, CLOSED),
}


@pytest.mark.parametrize("case", OVER)
def test_a_block_that_is_over_stays_as_it_was_decided(tmp_path: Path, case: str) -> None:
    before, after, parts = OVER[case]
    state = started(tmp_path, before)
    advance(state, *parts)
    blocks = of_bot(state)
    assert blocks
    for rules in (after, after, before):
        state = started(tmp_path, rules, state)
        assert of_bot(state) == blocks
    # A breach by the rules of now is another matter.
    state = started(tmp_path, {"rules": {"user_rate": {"ttl_s": 7200}}}, state)
    advance(state, later(5 * HOUR))
    [*_, block] = of_bot(state)
    assert (block.mode, block.is_lifted, block.expires_at > NOON + 7 * HOUR) == ("enforce", False, True)


def test_blocks_in_force_follow_the_rules_of_now(tmp_path: Path) -> None:
    state = started(tmp_path, {"mode": "observe"})
    advance(state, *CLOSED)
    state = started(tmp_path, {"rules": {"user_rate": {"ttl_s": 7200}}}, state)
    [block] = of_bot(state)
    assert (block.mode, block.expires_at - block.last_seen) == ("enforce", 7200)


@pytest.mark.parametrize(("before", "after"), [({}, {"rules": ALERTED}), ({"rules": ALERTED}, {})])
def test_an_action_that_changes_applies_from_the_next_event_on_and_is_no_second_alert(
    tmp_path: Path, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    state = started(tmp_path, before)
    printed = advance(state, *CLOSED)
    state = started(tmp_path, after, state)
    known = of_bot(state)
    for start in range(1800, 5 * HOUR, 1800):
        printed += advance(state, later(start))
    actions = [one.action for one in state.detector.all_incidents() if one.key.value == "1"]
    assert actions == (["block", "alert"] if before == {} else ["alert", "block"])
    assert [block.first_seen - NOON for block in of_bot(state)] == ([60] if before == {} else [1860])
    assert of_bot(state)[0].is_lifted == (before == {})
    assert before or of_bot(state) == known
    assert [line.rpartition(": ")[2].partition(",")[0] for line in printed] == [
        "block" if before == {} else "alert",
        "goes on",
    ]
    assert advance(state, [at(7 * HOUR, user_id=99)])[0].endswith("resolved, last seen 2019-10-01 16:31:00")


@pytest.mark.parametrize("lateness_s", [10, 3600])
def test_how_late_events_may_come_changes_no_block_in_force(tmp_path: Path, lateness_s: int) -> None:
    state = started(tmp_path, {})
    advance(state, *CLOSED)
    blocks, until = of_bot(state), state.detector.certain_until
    assert [block.expires_at > until for block in blocks] == [True]
    state = started(tmp_path, {"lateness_s": lateness_s}, state)
    assert (of_bot(state), state.detector.certain_until) == (blocks, until)
    advance(state, [at(500, user_id=98)])
    assert (of_bot(state), state.detector.certain_until) == (blocks, NOON + 510)


# What a rule does not know when it comes: rules before and after; events before, events that breach no rule, and events
# that do when the rule has been there for a window.
OFFICE, VIEWS_AND_CARTS = {"ip": "192.0.2.1"}, {"where": ["cart"], "absent": ["view"]}
ON_VISITORS = {name: {"keys": ["user_id"]} for name in ("ip_rate", "session_no_view")}
UNKNOWN: Mapping[
    str, tuple[Mapping[str, Any], Mapping[str, Any], Sequence[Event], Sequence[Event], Sequence[Event]]
] = {
    "the times of events": (
        {},
        {"inhuman_gap": {"keys": ["user_id", "ip"]}},
        [at(one * 10, **OFFICE) for one in range(25)],
        [at(255, **OFFICE), at(255.3, **OFFICE)],
        [at(700 + one * 0.3, **OFFICE) for one in range(20)],
    ),
    "events that no window needed": (
        {},
        {"session_no_view": {"window_s": 1800}},
        [at(200 + one * 10, user_session="s") for one in range(10)],
        [*(at(720 + one * 9, user_session="s", event_type="cart") for one in range(20)), at(1000, user_session="s")],
        [at(3000 + one * 20, user_session="s", event_type="cart") for one in range(20)],
    ),
    "a kind of key": (
        {"rules": ON_VISITORS},
        {"new": {"keys": ["ip"], "window_s": 300, "limit": 5, **VIEWS_AND_CARTS}},
        [at(0, **OFFICE)],
        [*(at(120 + one, **OFFICE, event_type="cart") for one in range(5)), at(160, **OFFICE)],
        [at(700 + one, **OFFICE, event_type="cart") for one in range(5)],
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_window_is_not_judged_by_a_rule_that_does_not_know_all_of_it(tmp_path: Path, case: str) -> None:
    before, after, known, harmless, breaching = UNKNOWN[case]
    state = started(tmp_path, before)
    advance(state, known, [at(710 if case.startswith("events") else 110, user_id=99)])
    state = started(tmp_path, {"rules": after}, state)
    advance(state, harmless, breaching, [at(9000, user_id=99)])
    found = [(one.rule, one.first_seen > breaching[0]["time"]) for one in state.detector.all_incidents()]
    assert found == [(next(iter(after)), True)]


SILENT = {"silences": [{"rule": "user_rate", "expires": "2019-10-01T13:00:00Z"}]}


def test_a_silence_that_is_removed_from_the_file_raises_no_alerts_of_the_past(tmp_path: Path) -> None:
    state = started(tmp_path, {})
    assert len(advance(state, FLOOD)) == 1
    state = started(tmp_path, SILENT, state)
    other = [{**event, "user_id": 2} for event in FLOOD]
    assert advance(state, later(600, other), [at(6000, user_id=99)]) == []
    state = started(tmp_path, {}, state)
    assert advance(state, [at(6100, user_id=99)], [at(3 * HOUR, user_id=99)]) == []


def test_an_incident_that_goes_on_is_raised_when_its_silence_is_removed_from_the_file(tmp_path: Path) -> None:
    state = started(tmp_path, SILENT)
    assert advance(state, FLOOD, later(600), [at(1000, user_id=99)]) == []
    state = started(tmp_path, {}, state)
    assert advance(state, [at(1010, user_id=99)]) == []
    [line] = advance(state, later(1200), later(1800))
    assert line.startswith("2019-10-01 12:01:00 user_rate: user_id 1")


def test_an_incident_is_resolved_once_also_where_ttl_s_is_raised(tmp_path: Path) -> None:
    state = started(tmp_path, {})
    assert len(advance(state, FLOOD, [at(2 * HOUR, user_id=99)])) == 2
    state = started(tmp_path, {"rules": {"user_rate": {"ttl_s": 10_800}}}, state)
    assert advance(state, [at(4 * HOUR, user_id=99)]) == []


def test_the_guard_says_in_mode_observe_what_it_would_do(tmp_path: Path) -> None:
    guard = {"mass_block_guard": {"max_blocks": 1}}
    flood = [{**event, "user_id": user} for event in FLOOD for user in (1, 2)]
    said = {
        mode: [line.partition("guard: ")[2] for line in advance(started(tmp_path, {"mode": mode, **guard}), flood)][-1]
        for mode in ("observe", "enforce")
    }
    assert said == {
        "observe": "too many new blocks; in mode enforce, they would only be recorded from now on",
        "enforce": "too many new blocks; from now on blocks are only recorded",
    }
