"""The detectors find planted anomalies, stay silent below their limits, and go on after a restart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from transforms.detection.anomaly_detectors import (
    DETECTORS,
    WARM_UP,
    ForestDetector,
    MedianDetector,
    judge_all,
)

NOISE = [float(round(value)) for value in default_rng(1).normal(1000, 20, 400)]


def judged(name: str, values: list[float]) -> list[bool]:
    return [judgement.is_anomaly for judgement in judge_all(DETECTORS[name](), values, [0] * len(values))]


@pytest.mark.parametrize("name", DETECTORS)
def test_nothing_is_judged_before_64_values(name: str) -> None:
    judgements = judge_all(DETECTORS[name](), NOISE[: WARM_UP + 1], [0] * (WARM_UP + 1))
    assert [judgement.score for judgement in judgements[:WARM_UP]] == [None] * WARM_UP
    assert judgements[WARM_UP].score is not None


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize(("level", "direction"), [(3000.0, "up"), (10.0, "down")])
def test_a_change_of_level_is_an_anomaly_and_has_its_direction(name: str, level: float, direction: str) -> None:
    judgements = judge_all(DETECTORS[name](), [*NOISE, level, level], [0] * (len(NOISE) + 2))
    assert (judgements[-1].is_anomaly, judgements[-1].direction) == (True, direction)
    low, high = judgements[-1].expected_low, judgements[-1].expected_high
    assert low is not None
    assert high is not None
    assert 850 < low < 1000 < high < 1150


def test_noise_raises_few_alerts() -> None:
    values = [float(round(value)) for value in default_rng(2).normal(1000, 20, 8640)]  # a day of 10-second windows
    assert sum(judged("rcf", values)) <= 1


def test_one_window_alone_raises_no_alert_of_the_forest() -> None:
    assert judged("rcf", [*NOISE, 3000.0, 1000.0, 1001.0])[-3:] == [False, False, False]
    assert judged("rcf", [*NOISE, 3000.0, 1000.0, 2900.0])[-3:] == [False, False, True]


def test_a_window_that_lacks_events_yet_is_none_of_two_for_the_forest() -> None:
    detector = ForestDetector()
    judge_all(detector, NOISE, [0] * len(NOISE))
    assert [one.is_anomaly for one in detector.preview([100.0, 3000.0], [0, 0])] == [False, False]
    assert [one.is_anomaly for one in detector.preview([3000.0, 3000.0], [0, 0])] == [False, True]


def test_a_robust_z_of_4_is_an_anomaly_and_less_is_none() -> None:
    values = [90.0, 110.0] * 40  # median 100, MAD 10
    for value, is_anomaly in ((100 + 4 * 10 / 0.6745 + 1e-6, True), (100 + 4 * 10 / 0.6745 - 1e-6, False)):
        assert judged("median", [*values, value])[-1] is is_anomaly


def test_of_an_hour_with_four_values_only_these_are_the_history() -> None:
    detector = MedianDetector()
    judge_all(detector, [100.0, 102.0, 98.0, 101.0], [5] * 4)
    judge_all(detector, [1.0, 2.0] * 40, [6] * 80)
    assert not detector.judge(101.0, 5).is_anomaly
    assert detector.judge(2.0, 5).is_anomaly


@pytest.mark.parametrize(("level", "change", "scores"), [(0.0, 0.9, False), (0.0, 1.1, True), (100.0, 4.0, False)])
def test_a_small_change_of_a_constant_series_scores_0(level: float, change: float, scores: bool) -> None:
    judgements = judge_all(ForestDetector(), [level] * 300 + [level + change], [0] * 301)
    assert bool(judgements[-1].score) is scores


@pytest.mark.parametrize("name", DETECTORS)
@settings(max_examples=10, deadline=None)
@given(values=st.lists(st.floats(0, 1e6), min_size=70, max_size=90), at=st.integers(0, 69))
def test_a_restored_detector_gives_the_same_scores(name: str, values: list[float], at: int) -> None:
    whole, interrupted = DETECTORS[name](), DETECTORS[name]()
    hours = [place % 3 for place in range(len(values))]
    undisturbed = judge_all(whole, values, hours)
    first = judge_all(interrupted, values[:at], hours[:at])
    restored = DETECTORS[name].from_bytes(interrupted.to_bytes())
    assert first + judge_all(restored, values[at:], hours[at:]) == undisturbed
