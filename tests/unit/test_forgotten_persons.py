"""The state of a stream without a person who has been erased."""

import hashlib

from jobs.runtime.streaming.detector import Detector
from jobs.runtime.streaming.forgotten_persons import forget_persons
from jobs.runtime.streaming.stream_state import StreamState
from tests.detection import NOON, every, summed
from transforms.detection.rules import RuleSet

PERSON, OTHER = 987654321, 987654322


def test_nothing_of_a_forgotten_person_stays_in_the_state() -> None:
    rules = RuleSet()
    state = StreamState("s", Detector(rules))
    events = [event for user in (PERSON, OTHER) for event in every(0.9, 70, user_id=user)]
    state.detector.advance(summed(events, rules))
    lines = [f"user_id {user}, bot score 1" for user in (PERSON, OTHER)]
    state.rejected = [{"raw_line": f'{{"user_id": "0{user}"}}', "problems": ["bad_price"]} for user in (PERSON, OTHER)]
    state.announced = {("user_rate", "user_id", str(user), NOON) for user in (PERSON, OTHER)}
    state.notices.waiting = {"user_rate": list(lines)}
    state.notices.unsent = {"about": {"lines": list(lines)}}
    digest = hashlib.sha256(f"salt{PERSON}".encode()).hexdigest()
    forget_persons(state, {"salt": [digest]})
    assert [one.key.value for one in state.detector.all_incidents()] == [str(OTHER)]
    keys = {key for part in state.detector.store.parts for key in state.detector.store.part(part)["key"].to_pylist()}
    assert keys == {None, ""}
    assert state.announced == {("user_rate", "user_id", str(OTHER), NOON)}
    assert [row["problems"] for row in state.rejected] == [["forgotten"], ["bad_price"]]
    assert state.rejected[0]["raw_line"] is None
    assert state.notices.waiting["user_rate"] == state.notices.unsent["about"]["lines"] == lines[1:]
