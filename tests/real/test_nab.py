"""The detectors on the series of the Numenta Anomaly Benchmark."""

from pathlib import Path

import pytest

from benchmarks.nab import by_profile, read_series, scores_of
from transforms.detection.anomaly_detectors import DEFAULT_DETECTOR

pytestmark = pytest.mark.real


def test_the_default_detector_scores_above_60_with_one_setting_for_all_series(real_data: Path) -> None:
    standard, *_ = by_profile(read_series(real_data / "nab"), lambda *points: scores_of(DEFAULT_DETECTOR, *points))
    assert standard > 60
