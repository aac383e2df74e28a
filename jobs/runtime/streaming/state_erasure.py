"""Remove forgotten persons from the state of a stream: only salted hashes of their ids are known."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from jobs.runtime.streaming.stream_state import StreamState
from jobs.runtime.wording import one_line
from schemas.realtime.vocabulary import PERSON_KEY
from transforms.detection.incidents import Incident
from transforms.detection.rules import Key
from transforms.detection.windows import Breach

_BETWEEN_FIELDS, _AROUND_ID = re.compile(r"[^\w :.+/@-]"), re.compile(r"\A[\s:+-]+|(\.0*)?\s*\Z")
_LONG_WORD = re.compile(r"\w{5,}")
_PERSON_IN_NOTICE = re.compile(rf"\b{PERSON_KEY} (\w+),")


@dataclass
class ForgottenPersons:
    """Persons whose id has one of the `hashes`, by salt."""

    hashes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)

    def remove_from(self, state: StreamState) -> None:
        """Remove what the state has of them.

        Panes have no ids of visitors, but for those of addresses and sessions: they stay until their windows close.
        """
        if not self.hashes:
            return
        removed = self.remove_incidents(state)
        state.announced = {
            place
            for place in state.announced
            if (key := Key(place[1], place[2])) not in removed and not self._is_person(key)
        }
        state.undoable = [
            place
            for place in state.undoable
            if (key := Key(place[1], place[2])) not in removed and not self._is_person(key)
        ]
        state.rejected = [
            {**row, "raw_line": None, "problems": ["forgotten"]} if self._names_person(row["raw_line"] or "") else row
            for row in state.rejected
        ]
        names = [f" {key.kind} {one_line(key.value)}," for key in removed]
        notices = state.notices
        notices.waiting = {rule: self._others(lines, names) for rule, lines in notices.waiting.items()}
        for values in notices.unsent.values():
            values["lines"] = self._others(values["lines"], names)

    def remove_incidents(self, state: StreamState) -> set[Key]:
        """Remove their incidents and blocks, and those of addresses and sessions that had events of them.

        Returns the keys. Blocks that may be in a block list go to `erased`, until they have been removed from it.
        """
        if not self.hashes:
            return set()
        detector = state.detector
        closed = ((key, one) for (_, key), found in detector.incidents.items() for one in found)
        pending = ((key, one) for key, found in detector.pending.items() for one in found)
        removed = {key for key, one in chain[tuple[Key, Incident | Breach]](closed, pending) if self._is_personal(one)}
        removed |= {key for _, key, _ in detector.decided if self._is_person(key)}
        if removed:
            _erase_blocks(state, removed)
        detector.incidents = {place: found for place, found in detector.incidents.items() if place[1] not in removed}
        detector.pending = {key: found for key, found in detector.pending.items() if key not in removed}
        return removed

    def _is_personal(self, one: Incident | Breach) -> bool:
        return self._is_person(one.key) or any(self._is_forgotten(str(visitor)) for visitor in one.visitors)

    def _is_person(self, key: Key) -> bool:
        return key.kind == PERSON_KEY and self._is_forgotten(key.value)

    def _is_forgotten(self, word: str) -> bool:
        if word not in self._known:
            hashed = ((hashlib.sha256(f"{salt}{word}".encode()).hexdigest(), of) for salt, of in self.hashes.items())
            self._known[word] = any(digest in of_salt for digest, of_salt in hashed)
        return self._known[word]

    def _names_person(self, text: str) -> bool:
        """Whether a field or a long word of a rejected line is the id, as in `candidate_ids` of validated rows."""
        fields = (_AROUND_ID.sub("", field) for field in _BETWEEN_FIELDS.split(text))
        return any(self._is_forgotten(word.lstrip("0")) for word in (*fields, *_LONG_WORD.findall(text)))

    def _others(self, lines: Sequence[str], names: Sequence[str]) -> list[str]:
        """The lines of notices that name no forgotten person, and none of the removed keys."""
        of_others = (line for line in lines if not any(map(self._is_forgotten, _PERSON_IN_NOTICE.findall(line))))
        return [line for line in of_others if not any(name in line for name in names)]


def _erase_blocks(state: StreamState, keys: Collection[Key]) -> None:
    detector = state.detector
    erased = {one.place: replace(one, is_lifted=True) for one in detector.blocks()[0] if one.key in keys}
    known = {one.place: one for one in state.erased}
    state.erased = [*(known | {place: one for place, one in erased.items() if one.mode == "enforce"}).values()]
    detector.decided = {place: one for place, one in detector.decided.items() if one.key not in keys}
