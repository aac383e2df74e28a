"""Announce incidents: print each message about them, and queue notices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from jobs.runtime.streaming.output_rows import instant
from jobs.runtime.streaming.stream_state import StreamState
from jobs.runtime.wording import one_line
from schemas.realtime.vocabulary import BLOCK_ACTIONS, GUARD, RATE_ANOMALY
from transforms.detection.alerts import Message, messages
from transforms.detection.incidents import Incident
from transforms.detection.rules import RuleSet


@dataclass(frozen=True)
class Announcer:
    """Prints the messages of a stream, and queues notices of those whose severity is not info."""

    rules: RuleSet
    print: Callable[[str], None]

    def announce(self, state: StreamState, until: int, quiet_s: int = 0) -> list[Incident]:
        """Print messages that are certain by `until` and have not been printed. Returns the incidents that are new.

        `quiet_s` is for how many seconds no files have come: an incident that does not go on is over after these too.
        Where mass_block_guard has tripped by `until`, it stays tripped.
        """
        over_until = until + quiet_s - self.rules.lateness_s  # then its windows have been closed
        return self._announce(state, until, over_until, now=until + quiet_s)

    def announce_all(self, state: StreamState) -> list[Incident]:
        """Print the messages of a stream that closes: no event can undo an incident any more.

        Their notices do not wait for others. Those of later events do not wait for these.
        """
        end = state.detector.store.end
        raised_until = end + self.rules.longest_window_s + self.rules.lateness_s  # open windows can last so long
        return self._announce(state, raised_until, end, now=end, is_last=True)

    def _announce(
        self, state: StreamState, until: int, over_until: int, *, now: int, is_last: bool = False
    ) -> list[Incident]:
        incidents = (*state.detector.all_incidents(), *state.models.all_incidents(self.rules))
        certain = [
            one for one in messages(incidents, self.rules) if one.at <= (until if _is_raised(one) else over_until)
        ]
        new = _unannounced(certain, state)
        tripped_at = state.detector.trip_guard(until)
        lines = {one.place: self._line(one, tripped_at) for one in new}
        guard = dict(_guard(tripped_at, self.rules.mode))
        of_guard = {place: line for place, line in guard.items() if place[4] <= until}
        new_of_guard = [line for place, line in of_guard.items() if place not in state.announced]
        known = {(one.rule, *one.key) for one in incidents}
        announced = {place for place in (*state.announced, *lines) if place[:3] in known}
        state.announced = announced | state.announced & guard.keys() | of_guard.keys()
        state.announced_until = state.rates_until
        for line in (*lines.values(), *new_of_guard):
            self.print(line)
        notices = [
            (one.incident.rule, self.rules.rule(one.incident.rule).severity, lines[one.place]) for one in _worst(new)
        ]
        notices = [*(one for one in notices if one[1] != "info"), *((GUARD, "critical", line) for line in new_of_guard)]
        state.notices.add(notices, stream=state.stream, until=now, mode=self.rules.mode, is_last=is_last)
        return [one.incident for one in new if _is_raised(one) and one.incident.rule != RATE_ANOMALY]

    def _line(self, message: Message, tripped_at: int | None) -> str:
        one = message.incident
        start = f"{instant(message.at)} {one.rule}"
        if one.rule == RATE_ANOMALY:
            what = f"{one.key.value}, up to {one.max_value:,} in 10 s, expected {_words(one)}"
        else:
            what = f"{one.key.kind} {one_line(one.key.value)}, bot score {one.bot_score} ({_words(one)})"
        if message.state == "raised":
            mode = "observe" if tripped_at is not None and one.raised_at >= tripped_at else self.rules.mode
            return f"{start}: {what}: {one.action}{f', {mode}' if one.action in BLOCK_ACTIONS else ''}"
        ending = f"resolved, last seen {instant(one.last_seen)}" if message.state == "resolved" else "goes on"
        return f"{start}: {what}: {ending}"


def _unannounced(certain: Iterable[Message], state: StreamState) -> list[Message]:
    """The messages to announce: each once, none of what was over at the last publication, and no end without a begin.

    What was over then would have been announced if a silence, or a rule that has changed since, had let it.
    """
    newest, new = {place[:4]: place[4] for place in sorted(state.announced)}, list[Message]()
    for one in certain:
        kind, raised = one.place[:4], (one.incident.rule, *one.incident.key, "raised")
        is_announced = newest.get(kind, 0) >= one.same_since
        is_old = max(one.at, one.incident.last_seen) <= state.announced_until
        is_begun = _is_raised(one) or newest.get(raised, 0) >= one.incident.raised_at
        if is_begun and not is_announced and not is_old:
            newest[kind] = one.at
            new.append(one)
    return new


def _guard(tripped_at: int | None, mode: str) -> Iterator[tuple[tuple[str, str, str, str, int], str]]:
    """The place of the message that mass_block_guard has tripped, and its line."""
    if tripped_at is not None:
        what = "from now on blocks are only recorded"
        what = what if mode == "enforce" else "in mode enforce, they would only be recorded from now on"
        line = f"{instant(tripped_at)} {GUARD}: too many new blocks; {what}"
        yield (GUARD, "", "", "raised", tripped_at), line


def _worst(found: Sequence[Message]) -> list[Message]:
    """The messages about the most suspicious keys first: a notice has so many lines, and no more."""
    return sorted(found, key=lambda one: one.incident.bot_score)


def _is_raised(message: Message) -> bool:
    return message.state == "raised"


def _words(incident: Incident) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in incident.reasons.items())
