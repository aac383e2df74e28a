"""Judge the rates of each event type by a detector, whose state is part of the state of a stream."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.runtime.streaming.stream_rows import Rows
from jobs.runtime.wording import count
from transforms.detection.anomaly_detectors import DETECTORS, Detector, Judgement
from transforms.detection.rules import Period

_HOURS = 24


@dataclass
class RateModels:
    """A detector for each event type, which has seen so many `windows` in order."""

    kind: str
    models: dict[str, Detector] = field(default_factory=dict)
    windows: int = 0

    def judge(self, rates: Rows, excluded: Sequence[Period]) -> Rows:
        """The rows of rate_anomalies for new rows of event_rates. Windows of excluded periods are passed over.

        A value within its expected range is none, whatever the detector says: nobody could tell what is wrong with it.
        """
        found = Rows()
        totals = sorted((row for row in rates if row["category_id"] is None), key=lambda row: row["window_start"])
        for row in totals:
            start: datetime = row["window_start"]
            if any(period.covers(start) for period in excluded):
                continue
            model = self.models.setdefault(row["event_type"], DETECTORS[self.kind]())
            self.windows += 1
            judgement = model.judge(float(row["events"]), start.weekday() * _HOURS + start.hour)
            if judgement.is_anomaly and not _is_expected(row["events"], judgement):
                found.append(
                    {
                        "window_start": start,
                        "metric": row["event_type"],
                        "detector": self.kind,
                        "value": row["events"],
                        "expected_low": judgement.expected_low,
                        "expected_high": judgement.expected_high,
                        "score": judgement.score,
                        "direction": judgement.direction,
                    }
                )
        return found

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


def _is_expected(value: int, judgement: Judgement) -> bool:
    low, high = judgement.expected_low, judgement.expected_high
    return low is not None and high is not None and low <= value <= high


def sentences(anomalies: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each anomaly, for a person."""
    return [
        f"{row['window_start']} {row['metric']}: {count(row['value'], 'event')} in 10 s, expected "
        f"{max(0, row['expected_low']):,.0f} to {row['expected_high']:,.0f}; score {row['score']:.1f}"
        for row in anomalies
    ]
