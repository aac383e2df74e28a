"""Judge the rates of each event type by a detector, whose state is part of the state of a stream."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any

from jobs.runtime.streaming.output_rows import Rows
from schemas.realtime.vocabulary import RATE_ANOMALY
from transforms.detection.alerts import GROUP_S
from transforms.detection.anomaly_detectors import DETECTORS, Detector, Judgement
from transforms.detection.incidents import Incident, add_breaches
from transforms.detection.rules import PANE_S, Key, RuleSet
from transforms.detection.windows import Breach

_HOURS = 24


@dataclass
class RateModels:
    """A detector for each event type, which has seen so many `windows` in order, and the `incidents` of each.

    `previewed` are unusual windows that have not been judged yet, by event type and end.
    """

    kind: str
    models: dict[str, Detector] = field(default_factory=dict)
    windows: int = 0
    incidents: dict[tuple[str, Key], list[Incident]] = field(default_factory=dict)
    previewed: dict[tuple[Key, int], Breach] = field(default_factory=dict)

    def judge(self, rates: Rows, rules: RuleSet) -> Rows:
        """The rows of rate_anomalies for new rows of event_rates. Windows of excluded periods are passed over.

        A value within its expected range is none, whatever the detector says: nobody could tell what is wrong with it.
        A previewed window stays unusual: it has been alerted.
        """
        found = Rows()
        for metric, rows in _by_metric(rates, rules).items():
            model = self.models.setdefault(metric, DETECTORS[self.kind]())
            judgements = [model.judge(float(row["events"]), _hour_of_week(row["window_start"])) for row in rows]
            self.windows += len(rows)
            found += self._anomalies(rows, judgements)
        judged_until = max(map(_end, rates), default=0)
        closed = [one for one in self.previewed.values() if one.window_end <= judged_until]
        add_breaches(self.incidents, (*map(_breach, found), *closed), rules)
        self.previewed = {place: one for place, one in self.previewed.items() if one.window_end > judged_until}
        return found

    def preview(self, rates: Rows, rules: RuleSet) -> None:
        """Add windows that are unusual already, though events for them may still come.

        These can only have too many events: with more to come, whether they have too few cannot be known.
        """
        for metric, rows in _by_metric(rates, rules).items():
            if model := self.models.get(metric):
                hours = [_hour_of_week(row["window_start"]) for row in rows]
                anomalies = self._anomalies(rows, model.preview([float(row["events"]) for row in rows], hours))
                too_many = (_breach(row) for row in anomalies if row["direction"] == "up")
                self.previewed |= {(one.key, one.window_end): one for one in too_many}

    def all_incidents(self, rules: RuleSet) -> list[Incident]:
        """The incidents of all unusual windows, those that are not judged yet included.

        Windows come by their end: an incident could not begin before one that goes on.
        """
        found = {place: list(of_metric) for place, of_metric in self.incidents.items()}
        add_breaches(found, self.previewed.values(), rules)
        return [one for of_metric in found.values() for one in of_metric]

    def forget_ended(self, watermark: int, rules: RuleSet) -> None:
        """Forget the incidents whose alerts have been published and have cooled down."""
        lasts_s = rules.rate_anomaly.ttl_s + max(rules.rate_anomaly.cooldown_s, GROUP_S)
        self.incidents = {
            place: of_metric
            for place, of_metric in self.incidents.items()
            if of_metric[-1].last_window_end + lasts_s >= watermark
        }

    def _anomalies(self, rows: Rows, judgements: Sequence[Judgement]) -> Rows:
        return [
            {
                "window_start": row["window_start"],
                "metric": row["event_type"],
                "detector": self.kind,
                "value": row["events"],
                "expected_low": judgement.expected_low,
                "expected_high": judgement.expected_high,
                "score": judgement.score,
                "direction": judgement.direction,
            }
            for row, judgement in zip(rows, judgements, strict=True)
            if judgement.is_anomaly and not _is_expected(row["events"], judgement)
        ]

    def to_text(self) -> str:
        models = {name: base64.b64encode(model.to_bytes()).decode() for name, model in self.models.items()}
        return json.dumps({"kind": self.kind, "models": models, "windows": self.windows})

    @staticmethod
    def from_text(text: str, kind: str) -> "RateModels":
        """The stored models. Those of another kind of detector are not used: the models then start empty."""
        stored: Mapping[str, Any] = json.loads(text)
        known = stored["models"] if stored["kind"] == kind else {}
        models: dict[str, Detector] = {
            name: DETECTORS[kind].from_bytes(base64.b64decode(model)) for name, model in known.items()
        }
        return RateModels(kind, models, stored["windows"])


def _by_metric(rates: Rows, rules: RuleSet) -> dict[str, Rows]:
    """The rows of all categories together that are not excluded, by event type, in order."""
    found = dict[str, Rows]()
    for row in sorted((one for one in rates if one["category_id"] is None), key=lambda one: one["window_start"]):
        if not any(period.covers(row["window_start"]) for period in rules.excluded):
            found.setdefault(row["event_type"], []).append(row)
    return found


def _hour_of_week(start: datetime) -> int:
    return start.weekday() * _HOURS + start.hour


def _breach(row: Mapping[str, Any]) -> Breach:
    """An unusual window in the form of a breach: its incidents are found and alerted like those of a rule."""
    end = _end(row)
    expected = {"at least": max(0, ceil(row["expected_low"])), "at most": int(row["expected_high"])}
    key = Key("event_type", row["metric"])
    return Breach(RATE_ANOMALY, key, end, first_at=end, last_at=end, value=row["value"], bot_score=99, reasons=expected)


def _end(row: Mapping[str, Any]) -> int:
    """The end of a window, in seconds since 1970."""
    return int(row["window_start"].replace(tzinfo=UTC).timestamp()) + PANE_S


def _is_expected(value: int, judgement: Judgement) -> bool:
    low, high = judgement.expected_low, judgement.expected_high
    return low is not None and high is not None and low <= value <= high
