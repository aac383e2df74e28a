"""The NAB scorer gives the scores that its definition fixes."""

import pytest

from benchmarks.nab_scorer import PROFILES, Profile, Series, nab_score, scaled_sigmoid

ROWS = 1000
WINDOWS = ((400, 449), (700, 799))


def series(*detections: int) -> Series:
    return Series([float(row in detections) for row in range(ROWS)], WINDOWS)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_limits_are_0_without_a_detection_and_100_at_the_first_row_of_each_window(profile: Profile) -> None:
    assert nab_score([series()], profile)[0] == 0
    assert nab_score([series(400, 700)], profile)[0] == pytest.approx(100)


def test_one_of_two_windows_is_half_of_the_score_and_later_rows_of_a_window_count_no_more() -> None:
    standard = PROFILES["standard"]
    assert nab_score([series(400)], standard)[0] == pytest.approx(50)
    assert nab_score([series(400, 420, 449)], standard)[0] == pytest.approx(50)
    late = scaled_sigmoid(-1 / 50) / scaled_sigmoid(-1)  # the last row of a window of 50
    assert nab_score([series(449, 700)], standard)[0] == pytest.approx(100 * (1 + late + 2) / 4)


def test_a_false_detection_costs_its_weight_less_just_behind_a_window() -> None:
    profile = PROFILES["standard"]
    before, behind, far = (nab_score([series(400, 700, row)], profile)[0] for row in (300, 455, 690))
    assert [before, far] == pytest.approx([100 - 100 * 0.11 / 4] * 2)
    cost = -scaled_sigmoid((455 - 449) / 49) * 0.11 / 4
    assert behind == pytest.approx(100 - 100 * cost)


def test_the_first_15_percent_do_not_count() -> None:
    profile = PROFILES["standard"]
    assert nab_score([series(149, 400, 700)], profile)[0] == pytest.approx(100)
    assert nab_score([series(150, 400, 700)], profile)[0] < 100


def test_the_threshold_is_the_best_one_for_all_series() -> None:
    scores = [0.1] * ROWS
    scores[400], scores[700], scores[600] = 0.9, 0.8, 0.5
    best, threshold = nab_score([Series(scores, WINDOWS)], PROFILES["standard"])
    assert (best, threshold) == (pytest.approx(100), 0.8)
