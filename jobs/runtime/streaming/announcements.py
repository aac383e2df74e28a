"""Announce incidents: print each message about them, and queue notices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jobs.runtime.streaming.incident_notices import IncidentNotifier
from jobs.runtime.streaming.stream_rows import instant
from jobs.runtime.streaming.stream_state import StreamState
from schemas.realtime.vocabulary import BLOCK_ACTIONS, GUARD, RATE_ANOMALY
from transforms.detection.alerts import Message, messages
from transforms.detection.incidents import Incident
from transforms.detection.rules import RuleSet


@dataclass(frozen=True)
class Announcer:
    """Prints the messages of a stream, and notifies its recipients of those whose severity is not info."""

    rules: RuleSet
    notifier: IncidentNotifier
    print: Callable[[str], None]

    def announce(self, state: StreamState, until: int) -> list[Incident]:
        """Print messages that are certain by `until` and have not been printed. Returns the incidents that are new."""
        incidents = (*state.detector.all_incidents(), *state.models.all_incidents())
        found = {
            one.place: one for one in messages(incidents, self.rules) if _is_certain(one, until, self.rules.lateness_s)
        }
        # An event that comes out of order may move an incident that has been announced to an earlier instant.
        moved = {place[:4]: place[4] for place in sorted(state.announced - found.keys())}
        new = [
            message
            for place, message in found.items()
            if place not in state.announced and place[4] > moved.get(place[:4], 0)
        ]
        lines = [(one.incident.rule, self.rules.rule(one.incident.rule).severity, self._line(one)) for one in new]
        guard = dict(self._guard(state, until))
        lines += [(GUARD, "critical", line) for place, line in guard.items() if place not in state.announced]
        state.announced = {*found, *guard}
        for _, _, line in lines:
            self.print(line)
        state.notices.add(
            [line for line in lines if line[1] != "info"], stream=state.stream, until=until, mode=self.rules.mode
        )
        self.notifier.send(state.notices)
        return [one.incident for one in new if one.state == "raised" and one.incident.rule != RATE_ANOMALY]

    def _guard(self, state: StreamState, until: int) -> Iterator[tuple[tuple[str, str, str, str, int], str]]:
        tripped_at = state.detector.blocks()[1]
        if tripped_at is not None and tripped_at <= until:
            line = f"{instant(tripped_at)} {GUARD}: too many new blocks; from now on blocks are only recorded"
            yield (GUARD, "", "", "raised", tripped_at), line

    def _line(self, message: Message) -> str:
        one = message.incident
        start = f"{instant(message.at)} {one.rule}"
        if one.rule == RATE_ANOMALY:
            what = f"{one.key.value}, up to {one.max_value:,} in 10 s, expected {_words(one)}"
        else:
            what = f"{one.key.kind} {one.key.value}, bot score {one.bot_score} ({_words(one)})"
        if message.state == "raised":
            is_block = one.action in BLOCK_ACTIONS
            return f"{start}: {what}: {one.action}{f', {self.rules.mode}' if is_block else ''}"
        ending = f"resolved, last seen {instant(one.last_seen)}" if message.state == "resolved" else "goes on"
        return f"{start}: {what}: {ending}"


def _is_certain(message: Message, until: int, lateness_s: int) -> bool:
    """Whether no event can undo the message: an incident is over when its windows have been closed."""
    return message.at <= (until if message.state == "raised" else until - lateness_s)


def _words(incident: Incident) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in incident.reasons.items())
