"""Detectors of anomalies in a series of counts: a random cut forest, and the median with the MAD of the same hours.

A detector judges the values of one series in order, and learns each of them afterwards. Its state can be stored: a
restored detector gives the same scores. Values of excluded periods are not passed to it.
"""

import base64
import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Protocol, Self

HOURS_OF_WEEK = 168
WARM_UP = 64
_HISTORY = 256
_MIN_SAME_HOUR = 4
_NORMAL = 0.6745  # the MAD of a normal distribution, in standard deviations
_SPAN = 1e-9


@dataclass(frozen=True)
class Judgement:
    """How unusual a value is.

    score: of the detector, at least 0. *Nulls:* None during warm-up.
    expected_low, expected_high: the values between which the robust z of the value is below its limit. *Nulls:* None
    during warm-up.
    direction: "up" above the median of the history, "down" below it, "none" at it.
    is_anomaly: whether an alert is due.
    """

    score: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    direction: str = "none"
    is_anomaly: bool = False


class Detector(Protocol):
    """Judges the values of one series in order."""

    def judge(self, value: float, hour_of_week: int) -> Judgement:
        """Judge the next value, then learn it. `hour_of_week` is 0 for Monday from 00:00."""

    def preview(self, values: Sequence[float], hours_of_week: Sequence[int]) -> list[Judgement]:
        """Judge the next values without learning them: they may still grow."""

    def to_bytes(self) -> bytes:
        """The state, for `from_bytes`."""

    @classmethod
    def from_bytes(cls, state: bytes) -> Self: ...


class MedianDetector:
    """The robust z-score of a value: its distance from the median, in units of the median absolute deviation (MAD).

    The history are the last 256 values of the same hour of the week; with fewer than 4 of them, the last 256 values.
    """

    LIMIT = 4.0

    def __init__(self) -> None:
        self._values_seen = 0
        self._recent: deque[float] = deque(maxlen=_HISTORY)
        self._hours: list[deque[float]] = [deque(maxlen=_HISTORY) for _ in range(HOURS_OF_WEEK)]

    def judge(self, value: float, hour_of_week: int) -> Judgement:
        [judgement] = self.preview([value], [hour_of_week])
        self._values_seen += 1
        self._recent.append(value)
        self._hours[hour_of_week].append(value)
        return judgement

    def preview(self, values: Sequence[float], hours_of_week: Sequence[int]) -> list[Judgement]:
        if self._values_seen < WARM_UP:
            return [Judgement()] * len(values)
        histories = [self._hours[hour] for hour in hours_of_week]
        return [
            _by_median(value, same_hour if len(same_hour) >= _MIN_SAME_HOUR else self._recent, self.LIMIT)
            for value, same_hour in zip(values, histories, strict=True)
        ]

    def to_bytes(self) -> bytes:
        state = {"seen": self._values_seen, "recent": list(self._recent), "hours": list(map(list, self._hours))}
        return json.dumps(state).encode()

    @classmethod
    def from_bytes(cls, state: bytes) -> Self:
        stored, detector = json.loads(state), cls()
        detector._values_seen = stored["seen"]
        detector._recent.extend(stored["recent"])
        for hour, values in zip(detector._hours, stored["hours"], strict=True):
            hour.extend(values)
        return detector


class ForestDetector:
    """The score of a robust random cut forest: how much a value stands out from a sample of those before.

    An alert is due if two of the last three scores reach the limit. Where the last 256 values were all equal, a change
    below 1, or below 5 % of them, scores 0.
    """

    LIMIT = 3.0
    _OF_LAST = 3
    _AT_LEAST = 2

    def __init__(self, *, trees: int = 100, sample: int = 256, time_decay: int = 100_000, seed: int = 1) -> None:
        from krcf import RandomCutForest

        options: Any = {"dimensions": 1, "shingle_size": 1, "num_trees": trees, "sample_size": sample}
        options |= {"lambda": 1 / time_decay, "random_seed": seed}
        self._forest = RandomCutForest(options)
        self._values_seen = 0
        self._recent: deque[float] = deque(maxlen=_HISTORY)
        self._last_scores: deque[float] = deque(maxlen=self._OF_LAST)

    def judge(self, value: float, hour_of_week: int) -> Judgement:  # noqa: ARG002
        """As the protocol says. A forest has one history for all hours of the week."""
        [judgement] = self._judgements([value], is_partial=False)
        if judgement.score is not None:
            self._last_scores.append(judgement.score)
        self._values_seen += 1
        self._recent.append(value)
        self._forest.update([value])
        return judgement

    def preview(self, values: Sequence[float], hours_of_week: Sequence[int]) -> list[Judgement]:  # noqa: ARG002
        return self._judgements(values, is_partial=True)

    def _judgements(self, values: Sequence[float], *, is_partial: bool) -> list[Judgement]:
        """Of partial values, which only grow, a low one says nothing about those after it."""
        if self._values_seen < WARM_UP:
            return [Judgement()] * len(values)
        judgements, last_scores = list[Judgement](), self._last_scores.copy()
        for value in values:
            score = 0.0 if self._is_small_change(value) else max(0.0, self._forest.score([value]))
            in_range = _by_median(value, self._recent, MedianDetector.LIMIT)
            last_scores.append(0.0 if is_partial and in_range.direction != "up" else score)
            is_anomaly = sum(last >= self.LIMIT for last in last_scores) >= self._AT_LEAST
            judgements.append(replace(in_range, score=score, is_anomaly=is_anomaly))
        return judgements

    def to_bytes(self) -> bytes:
        forest = base64.b64encode(bytes(self._forest.to_msgpack())).decode()
        state = {"seen": self._values_seen, "recent": list(self._recent), "scores": list(self._last_scores)}
        return json.dumps({**state, "forest": forest}).encode()

    @classmethod
    def from_bytes(cls, state: bytes) -> Self:
        from krcf import RandomCutForest

        stored, detector = json.loads(state), cls(trees=1)
        detector._forest = RandomCutForest.from_msgpack(base64.b64decode(stored["forest"]))
        detector._values_seen = stored["seen"]
        detector._recent.extend(stored["recent"])
        detector._last_scores.extend(stored["scores"])
        return detector

    def _is_small_change(self, value: float) -> bool:
        lowest, highest = min(self._recent), max(self._recent)
        return highest - lowest < _SPAN and abs(value - lowest) < _least_change(lowest)


DETECTORS: dict[str, type[ForestDetector] | type[MedianDetector]] = {"rcf": ForestDetector, "median": MedianDetector}
DEFAULT_DETECTOR = "rcf"


def judge_all(detector: Detector, values: Iterable[float], hours_of_week: Iterable[int]) -> list[Judgement]:
    return [detector.judge(value, hour) for value, hour in zip(values, hours_of_week, strict=True)]


def _by_median(value: float, history: Sequence[float] | deque[float], limit: float) -> Judgement:
    middle = median(history)
    mad = median(abs(one - middle) for one in history)
    unit = (mad if mad > _SPAN else _least_change(middle)) / _NORMAL
    score = abs(value - middle) / unit
    direction = "up" if value > middle else "down" if value < middle else "none"
    return Judgement(score, middle - limit * unit, middle + limit * unit, direction, score >= limit)


def _least_change(level: float) -> float:
    return max(1.0, 0.05 * abs(level))
