"""Score the anomaly detectors by NAB: python -m benchmarks.nab FOLDER, a folder with NAB's data and windows.json.

Prints the scores of the three profiles for each detector, and for the reference detectors that never detect anything
and that score at random (the mean of ten seeds). All series have the same settings. A detector's score is used as it
is, without the rule of two of three windows by which an alert is sent.
"""

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import mean

from numpy.random import default_rng

from benchmarks.nab_scorer import PROFILES, Series, nab_score
from transforms.detection.anomaly_detectors import DEFAULT_DETECTOR, DETECTORS, judge_all

RANDOM_SEEDS = 10
Labelled = tuple[list[datetime], list[float], list[tuple[int, int]]]


def read_series(folder: Path) -> list[Labelled]:
    """The times, values and windows (first and last row) of each series."""
    labels = json.loads((folder / "windows.json").read_text())
    series = list[Labelled]()
    for name, windows in labels.items():
        with (folder / name).open() as file:
            rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        times = [time for time, _ in rows]
        limits = [tuple(times.index(datetime.fromisoformat(limit)) for limit in window) for window in windows]
        series.append((times, [value for _, value in rows], [(first, last) for first, last in limits]))
    return series


def scores_of(name: str, times: Sequence[datetime], values: Sequence[float]) -> list[float]:
    hours = [time.weekday() * 24 + time.hour for time in times]
    return [judgement.score or 0.0 for judgement in judge_all(DETECTORS[name](), values, hours)]


def by_profile(series: Sequence[Labelled], scores: Callable[[list[datetime], list[float]], list[float]]) -> list[float]:
    scored = [Series(scores(times, values), windows) for times, values, windows in series]
    return [nab_score(scored, profile)[0] for profile in PROFILES.values()]


def main(folder: Path) -> None:
    series = read_series(folder)
    randoms = [default_rng(seed) for seed in range(RANDOM_SEEDS)]
    random_scores = [by_profile(series, lambda _, values, r=random: list(r.random(len(values)))) for random in randoms]
    results = {
        "never": by_profile(series, lambda _, values: [0.0 for _ in values]),
        "random": [mean(scores) for scores in zip(*random_scores, strict=True)],
        **{name: by_profile(series, lambda *points, name=name: scores_of(name, *points)) for name in DETECTORS},
    }
    print(f"{len(series)} series, {sum(len(windows) for *_, windows in series)} windows; default: {DEFAULT_DETECTOR}")
    print(f"{'':10}" + "".join(f"{profile:>20}" for profile in PROFILES))
    for name, scores in results.items():
        print(f"{name:10}" + "".join(f"{score:20.1f}" for score in scores))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
