"""Remove forgotten persons from the state of a stream: only salted hashes of their ids are known."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from jobs.runtime.streaming.stream_state import StreamState
from transforms.detection.rules import Key

_PERSON = "user_id"


def forget_persons(state: StreamState, hashes: Mapping[str, Sequence[str]]) -> None:
    """Remove what the state has of persons whose id has one of the `hashes`, by salt. Panes have no ids of visitors."""
    if not hashes:
        return
    known: dict[str, bool] = {}

    def is_forgotten(word: str) -> bool:
        if word not in known:
            known[word] = any(
                hashlib.sha256(f"{salt}{word}".encode()).hexdigest() in listed for salt, listed in hashes.items()
            )
        return known[word]

    def is_person(key: Key) -> bool:
        return key.kind == _PERSON and is_forgotten(key.value)

    def names_person(text: str) -> bool:
        return any(is_forgotten(word.lstrip("0")) for word in re.findall(r"\w{5,}", text))

    detector = state.detector
    detector.incidents = {place: found for place, found in detector.incidents.items() if not is_person(place[1])}
    detector.pending = {key: found for key, found in detector.pending.items() if not is_person(key)}
    state.announced = {place for place in state.announced if not is_person(Key(place[1], place[2]))}
    state.rejected = [
        {**row, "raw_line": None, "problems": ["forgotten"]} if names_person(row["raw_line"] or "") else row
        for row in state.rejected
    ]
    notices = state.notices
    notices.waiting = {
        rule: [line for line in lines if not names_person(line)] for rule, lines in notices.waiting.items()
    }
    for values in notices.unsent.values():
        values["lines"] = [line for line in values["lines"] if not names_person(line)]
