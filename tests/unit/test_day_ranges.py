"""Sets of calendar days."""

from datetime import date

from jobs.runtime.day_set import DayRanges


def test_whole_months_end_where_they_do_also_the_last_one_that_there_is() -> None:
    given = (
        (date(2020, 2, 3), date(2020, 2, 4)),
        (date(2021, 12, 31), date(2021, 12, 31)),
        (date(9999, 12, 15), date(9999, 12, 31)),
    )
    assert DayRanges.of(*given).whole_months().spans == (
        (date(2020, 2, 1), date(2020, 2, 29)),
        (date(2021, 12, 1), date(2021, 12, 31)),
        (date(9999, 12, 1), date(9999, 12, 31)),
    )
