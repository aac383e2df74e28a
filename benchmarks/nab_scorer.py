"""The score of the Numenta Anomaly Benchmark (NAB).

Definition: Lavin and Ahmad, Evaluating Real-Time Anomaly Detection Algorithms, 2015. A detection inside a labelled
window counts once, at the earliest point of the window above the threshold, and the more the earlier it is. A detection
outside of all windows counts against the detector, the less the closer it follows a window. One threshold is used for
all series; it is the one with the highest score. 0 is the score of a detector that never detects anything, 100 that of
one that detects each window at its first point and nothing else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PROBATION = 0.15
MAX_PROBATION_ROWS = 750
_FAR_BEHIND = 3.0


@dataclass(frozen=True)
class Profile:
    """The weights of a detected window, a false detection and a missed window."""

    true_positive: float
    false_positive: float
    false_negative: float


PROFILES = {
    "standard": Profile(1.0, 0.11, 1.0),
    "reward_low_FP_rate": Profile(1.0, 0.22, 1.0),
    "reward_low_FN_rate": Profile(1.0, 0.11, 2.0),
}


@dataclass(frozen=True)
class Series:
    """The scores of a detector, one per row, and the labelled windows as first and last row."""

    scores: Sequence[float]
    windows: Sequence[tuple[int, int]]

    @property
    def probation_rows(self) -> int:
        """The first rows, from which a detector may learn: nothing is counted there."""
        return min(math.floor(PROBATION * len(self.scores)), MAX_PROBATION_ROWS)


def nab_score(series: Sequence[Series], profile: Profile) -> tuple[float, float]:
    """The best score over all thresholds, and its threshold; a row is a detection if its score is not below it."""
    windows = sum(len(one.windows) for one in series)
    rows = sorted(
        (
            (score, weight, (number, window))
            for number, one in enumerate(series)
            for score, weight, window in _rows(one)
        ),
        key=lambda row: -row[0],
    )
    best = total = -profile.false_negative * windows
    threshold, found = math.inf, dict[tuple[int, int | None], float]()
    for place, (score, weight, key) in enumerate(rows):
        if key[1] is None:
            total += profile.false_positive * weight
        elif weight > found.get(key, -math.inf):
            missed = -profile.false_negative
            total += profile.true_positive * weight - (profile.true_positive * found[key] if key in found else missed)
            found[key] = weight
        is_last_of_its_score = place + 1 == len(rows) or rows[place + 1][0] < score
        if is_last_of_its_score and total > best:
            best, threshold = total, score
    lowest, highest = -profile.false_negative * windows, profile.true_positive * windows
    return 100 * (best - lowest) / (highest - lowest), threshold


def scaled_sigmoid(position: float) -> float:
    """From 1, well before the end of a window (-1), over 0 at its end to -1, well after it."""
    return -1.0 if position > _FAR_BEHIND else 2 / (1 + math.exp(5 * position)) - 1


def _rows(series: Series) -> list[tuple[float, float, int | None]]:
    """The score, the weight of a detection and the window of each row after the probation."""
    rows, last = list[tuple[float, float, int | None]](), None
    windows = dict(enumerate(sorted(series.windows)))
    for place, score in enumerate(series.scores):
        inside = next((number for number, (start, end) in windows.items() if start <= place <= end), None)
        if inside is not None:
            start, end = last = windows[inside]
            weight = scaled_sigmoid(-(end - place + 1) / (end - start + 1)) / scaled_sigmoid(-1.0)
        elif last is None:
            weight = -1.0
        else:
            weight = scaled_sigmoid((place - last[1]) / (last[1] - last[0]))
        if place >= series.probation_rows:
            rows.append((score, weight, inside))
    return rows
