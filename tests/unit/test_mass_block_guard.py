"""The guard against too many blocks stays tripped, whatever comes after, over restarts and repeated batches."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from schemas.realtime.alerts import ALERTS
from tests.detection import NOON, at, summed
from tests.unit.test_changed_rules import advance, started
from tests.unit.test_stream_publication import published
from transforms.detection.rules import MassBlockGuard, Rule, RuleSet

RULES = RuleSet((Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600),), "enforce")
# Five bots, who are all that is active, then eight shoppers per batch: some in the ten seconds of the bots.
BOTS = [at(event / 3, user_id=bot) for bot in range(5) for event in range(5)]
BATCHES = [BOTS, *([at(9, user_id=100 * batch + one) for one in range(8)] for batch in range(1, 9))]
LATER = [at(200, user_id=5) for _ in range(5)]


def announce(state: StreamState, events: list[Any], rules: RuleSet = RULES) -> list[str]:
    """Run a batch. Returns what it prints."""
    printed = list[str]()
    state.detector.advance(summed(events, rules))
    Announcer(rules, printed.append).announce(state, state.detector.certain_until)
    return printed


@pytest.mark.parametrize("is_published", [False, True])
def test_the_guard_stays_tripped_when_more_keys_become_active(tmp_path: Path, is_published: bool) -> None:
    files, printed = StateFiles(str(tmp_path)), list[str]()
    files.write(StreamState.new(RULES))
    for batch, events in enumerate([*BATCHES, LATER]):
        once = list[list[str]]()
        for _ in range(2):  # each batch is repeated after a crash
            state = files.load(batch - 1, RULES)
            state.batch = batch
            once.append(announce(state, events))
            if is_published:
                state.detector.forget_ended()
            files.write(state)
            blocks, tripped_at = state.detector.blocks()
            assert (tripped_at, {block.mode for block in blocks}) == (NOON + 10, {"observe"}), batch
        assert once[0] == once[1]
        printed += once[0]
    assert len([line for line in printed if "mass_block_guard" in line]) == 1
    assert [line.rpartition(", ")[2] for line in printed if "block, " in line] == ["observe"] * 6


def test_the_guard_is_released_and_trips_again(tmp_path: Path) -> None:
    files, state = StateFiles(str(tmp_path)), StreamState.new(RULES)
    announce(state, BOTS)
    [at_once] = {block.mode for block in state.detector.blocks()[0]}
    assert (at_once, state.detector.tripped_at) == ("observe", NOON + 10)
    released = replace(RULES, mass_block_guard=MassBlockGuard(released=NOON + 100))
    for _ in range(2):  # what it held back is not enforced, nor after another start
        state.batch += 1
        files.write(state)
        state = files.load(state.batch, released)
        assert {block.mode for block in state.detector.blocks()[0]} == {"observe"}
    # Another breach of a key is.
    goes_on = [at(200, user_id=1) for _ in range(5)]
    assert not any("observe" in line for line in announce(state, [*LATER, *goes_on], released))
    modes = {(block.key.value, block.mode) for block in state.detector.blocks()[0]}
    assert modes == {*((bot, "observe") for bot in "0234"), ("1", "enforce"), ("5", "enforce")}
    again = [at(400 + event / 3, user_id=10 + bot) for bot in range(5) for event in range(5)]
    assert any("mass_block_guard" in line for line in announce(state, again, released))
    assert state.detector.blocks()[1] == NOON + 410


# What an operator does about a rule that has tripped the guard, before the minute of its alert is published.
FLOODED = {"keys": ["user_id"], "window_s": 60, "limit": 5}
REACTIONS: Mapping[str, Mapping[str, Any]] = {
    "the rule is removed": {},
    "the rule only counts": {"rules": {"flood": {**FLOODED, "action": "count"}}},
    "the keys are allowed": {"rules": {"flood": FLOODED}, "allow": [{"id": str(bot)} for bot in range(5)]},
}


@pytest.mark.parametrize("case", REACTIONS)
def test_the_alert_of_the_guard_has_the_blocks_that_tripped_it_whatever_the_rules_have_become(
    tmp_path: Path, case: str
) -> None:
    state = started(tmp_path, {"rules": {"flood": FLOODED}})
    advance(state, BOTS)
    state = started(tmp_path, REACTIONS[case], state)
    state.rates_until = NOON
    state.detector.advance(summed([at(400, user_id=500)], state.detector.rules), keep_since=state.rates_until)
    found = cast(list[dict[str, Any]], published(state).new[ALERTS])
    assert [(one["incidents"], len(one["keys"])) for one in found if one["rule"] == "mass_block_guard"] == [(5, 5)]
