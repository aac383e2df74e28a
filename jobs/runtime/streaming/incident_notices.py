"""Notify recipients of incidents: at once, and then at most once a minute for each rule."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import NoticeSender, notify
from jobs.runtime.notify.rendering import render_builtin
from jobs.runtime.streaming.output_rows import instant
from jobs.runtime.wording import count
from transforms.detection.alerts import GROUP_S, MAX_KEYS

_RETRY_S = 60.0
# What could not be sent for so long is given up: later notices matter more.
_MAX_UNSENT = 100


@dataclass
class NoticeQueue:
    """Incidents to notify of. It is part of the state of a stream, so that a repeated batch groups them alike.

    `waiting` are lines by rule, `notified_at` is the event time of the last notice of a rule, `unsent` are the notices
    to send: what they are about, and the values of their template.
    """

    waiting: dict[str, list[str]] = field(default_factory=dict)
    severities: dict[str, str] = field(default_factory=dict)
    notified_at: dict[str, int] = field(default_factory=dict)
    unsent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self, lines: Sequence[tuple[str, str, str]], *, stream: str, until: int, mode: str, is_last: bool = False
    ) -> None:
        """Queue lines, each with its rule and severity: the first of a rule for now, others a minute after the last.

        The minute is one of event time. The last ones before a stream ends do not wait.
        """
        for rule, severity, line in lines:
            self.severities[rule] = severity
            self.waiting.setdefault(rule, []).append(line)
        for rule in [rule for rule in self.waiting if is_last or until - self.notified_at.get(rule, 0) >= GROUP_S]:
            waiting = self.waiting.pop(rule)
            self.notified_at[rule] = until
            # A batch may have had a notice of the same rule and instant.
            self.unsent[f"{stream} {rule} {until}{' end' if is_last else ''}"] = {
                "rule": rule,
                "severity": self.severities[rule],
                "total": count(len(waiting), "alert"),
                "until": str(instant(until)),
                "mode": mode,
                "lines": waiting[:MAX_KEYS],
                "more": max(0, len(waiting) - MAX_KEYS),
            }


@dataclass
class IncidentNotifier:
    """Sends queued notices, each once to a recipient. A channel that does not work is tried again after a minute."""

    values: Mapping[str, Any]
    ledger: Ledger
    failed_at: float = 0.0

    def send(self, queue: NoticeQueue) -> None:
        """Send what is due. Errors are printed: they never stop a stream."""
        if not self.values["notify"]:
            queue.unsent.clear()
            return
        if time.monotonic() - self.failed_at < _RETRY_S:
            return
        try:
            for about, values in list(queue.unsent.items()):
                if not self._send(about, values, queue):
                    return
        except Exception as error:  # of the lake, where notices are recorded
            self.failed_at = time.monotonic()
            notify("notices", f"not sent: {error}")

    def _send(self, about: str, values: Mapping[str, Any], queue: NoticeQueue) -> bool:
        """Send one notice. Returns whether the channels work: others would take as long to fail."""
        notice = render_builtin("incidents", {**values, "lake": self.values["lake"]})
        notices = dict.fromkeys(self.values["notify"], notice)
        outcomes = outbox.send_once(NoticeSender.of(self.values), about, notices, self.ledger)
        if any(result.status == "failed" for result in outcomes.values()):
            self.failed_at = time.monotonic()
            notify("notices", outbox.summarize(outcomes))
        is_dead = any(result.is_dead for result in outcomes.values())
        if not is_dead or len(queue.unsent) > _MAX_UNSENT:
            del queue.unsent[about]
        return not is_dead
