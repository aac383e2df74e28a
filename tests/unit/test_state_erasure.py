"""The state of a stream without a person who has been erased."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.external_sinks import BatchReport, DynamoBlockList, Sinks
from jobs.runtime.streaming.state_erasure import ForgottenPersons
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from tests.detection import NOON, at, every, summed
from transforms.detection.rules import Rule, RuleSet

PERSON, OTHER = 987654321, 987654322


def test_an_address_that_had_events_of_a_forgotten_person_is_forgotten_too() -> None:
    rules = RuleSet((Rule("flood", ("ip", "user_session"), 60, 10, 20),))
    state = StreamState("s", BotDetector(rules))
    events = every(1, 30, user_id=OTHER, ip="192.0.2.2")
    for place, user in enumerate((PERSON, OTHER)):
        events += [at(2 * one, user_id=user, ip="192.0.2.1", user_session=f"s{place}") for one in range(20)]
    state.detector.advance(summed(events, rules))
    found = state.detector.all_incidents()
    assert [(one.key.value, one.visitors) for one in found] == [
        ("192.0.2.1", (PERSON, OTHER)),
        ("192.0.2.2", (OTHER,)),
        ("s0", (PERSON,)),
        ("s1", (OTHER,)),
    ]
    lines = [f"12:00 flood: {one.key.kind} {one.key.value}, bot score 99" for one in found]
    state.notices.waiting = {"flood": lines}
    forgotten = ForgottenPersons({"salt": [hashlib.sha256(f"salt{PERSON}".encode()).hexdigest()]})
    forgotten.remove_from(state)
    assert [one.key.value for one in state.detector.all_incidents()] == ["192.0.2.2", "s1"]
    assert state.notices.waiting == {"flood": [lines[1], lines[3]]}
    # Their events are in open windows still.
    state.detector.advance(summed([at(50, user_id=OTHER, ip="192.0.2.1")], rules))
    assert len(state.detector.all_incidents()) == 3
    forgotten.remove_incidents(state)
    assert len(state.detector.all_incidents()) == 2


def test_nothing_of_a_forgotten_person_stays_in_the_state() -> None:
    rules = RuleSet()
    state = StreamState("s", BotDetector(rules))
    events = [event for user in (PERSON, OTHER) for event in every(0.9, 70, user_id=user)]
    state.detector.advance(summed(events, rules))
    lines = [f"user_id {user}, bot score 1" for user in (PERSON, OTHER)]
    state.rejected = [{"raw_line": f'{{"user_id": "0{user}"}}', "problems": ["bad_price"]} for user in (PERSON, OTHER)]
    state.announced = {("user_rate", "user_id", str(user), NOON) for user in (PERSON, OTHER)}
    state.notices.waiting = {"user_rate": list(lines)}
    state.notices.unsent = {"about": {"lines": list(lines)}}
    digest = hashlib.sha256(f"salt{PERSON}".encode()).hexdigest()
    forgotten = ForgottenPersons({"salt": [digest]})
    forgotten.remove_from(state)
    assert [one.key.value for one in state.detector.all_incidents()] == [str(OTHER)]
    keys = {key for part in state.detector.store.parts for key in state.detector.store.part(part)["key"].to_pylist()}
    assert keys == {None, ""}
    assert state.announced == {("user_rate", "user_id", str(OTHER), NOON)}
    assert [row["problems"] for row in state.rejected] == [["forgotten"], ["bad_price"]]
    assert state.rejected[0]["raw_line"] is None
    assert state.notices.waiting["user_rate"] == state.notices.unsent["about"]["lines"] == lines[1:]


@pytest.mark.parametrize("line", ['{"user_id": 42, "price": "free"}', '{"user_id":"042"', "2019-10-01,view, 42,free"])
def test_a_rejected_line_of_a_person_with_a_short_id_is_removed_too(line: str) -> None:
    other = '{"event_time": "2019-10-01T12:42:42Z", "user_id": 7, "session": "42-42"}'
    state = StreamState.new(RuleSet())
    state.rejected = [{"raw_line": text, "problems": ["bad_price"]} for text in (line, other)]
    lines = [f"2019-10-01 12:00:42 user_rate: user_id {user}, bot score 1 (user_rate 42)" for user in ("42", "7")]
    state.notices.waiting = {"user_rate": list(lines)}
    ForgottenPersons({"": [hashlib.sha256(b"42").hexdigest()]}).remove_from(state)
    assert [row["raw_line"] for row in state.rejected] == [None, other]
    assert state.notices.waiting == {"user_rate": lines[1:]}


def test_a_line_about_a_session_with_control_characters_is_removed_too() -> None:
    rules, session = RuleSet((Rule("flood", ("user_session",), 60, 10, 5),)), "s1\n" + "x" * 200
    state, printed = StreamState("s", BotDetector(rules)), list[str]()
    state.detector.advance(summed([at(one, user_id=PERSON, user_session=session) for one in range(5)], rules))
    Announcer(rules, printed.append).announce(state, state.detector.certain_until)
    assert [values["lines"] for values in state.notices.unsent.values()] == [printed]
    digest = hashlib.sha256(f"salt{PERSON}".encode()).hexdigest()
    ForgottenPersons({"salt": [digest]}).remove_from(state)
    assert [values["lines"] for values in state.notices.unsent.values()] == [[]]


@dataclass
class Table:
    """A DynamoDB table, which may be down."""

    class exceptions:  # noqa: N801
        ConditionalCheckFailedException = ClientError = KeyError

    items: dict[str, str] = field(default_factory=dict)
    is_down: bool = False

    def put_item(self, **request: Any) -> None:
        self.items[request["Item"]["key"]["S"]] = request["Item"]["last_seen"]["N"]

    def delete_item(self, **request: Any) -> None:
        if self.is_down:
            raise OSError("no route")
        key, newest = request["Key"]["key"]["S"], request["ExpressionAttributeValues"][":last_seen"]["N"]
        assert self.items.pop(key) <= newest


def test_the_item_of_a_forgotten_person_is_removed_as_soon_as_the_table_can_be_reached(tmp_path: Path) -> None:
    rules, table, files = (
        RuleSet((Rule("flood", ("user_id",), 60, 10, 20),), "enforce"),
        Table(),
        StateFiles(str(tmp_path)),
    )
    state = StreamState.new(rules)

    def send() -> None:
        detector = state.detector
        sinks = Sinks([DynamoBlockList(table, "blocks")])
        sinks.send(BatchReport({}, [], detector.blocks()[0], detector.certain_until, state.erased))

    state.detector.advance(summed([event for user in (PERSON, OTHER) for event in every(1, 30, user_id=user)], rules))
    send()
    assert table.items.keys() == {f"user_id#{PERSON}", f"user_id#{OTHER}"}
    ForgottenPersons({"salt": [hashlib.sha256(f"salt{PERSON}".encode()).hexdigest()]}).remove_from(state)
    table.is_down = True
    send()
    files.write(state)  # the process ends before the table is there again
    state = files.load(state.batch, rules)
    table.is_down = False
    send()
    assert table.items.keys() == {f"user_id#{OTHER}"}
    files.write(state)
    assert str(PERSON) not in (tmp_path / "state_-1.json").read_text()
