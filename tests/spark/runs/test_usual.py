"""Warnings about days that are unusual for their weekday."""

from datetime import date, timedelta

import pytest

from jobs.ecommerce import clean_events
from tests.conftest import InProcess, line
from transforms.weekdays import MIN_KNOWN

pytestmark = pytest.mark.slow

FIRST = date(2019, 10, 1)
WARNING = "expectation not met: a day has about as many rows as its weekday has"


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = clean_events.JOB
    return daily


def of_day(day: date, rows: int) -> list[str]:
    return [line(event_time=f"{day} 10:00:00", product_id=str(number)) for number in range(rows)]


def deliver(shop: InProcess, days: dict[int, int]) -> None:
    """This many rows on the day this many days after the first."""
    shop.deliver(
        f"{min(days)}.csv",
        *(text for after, rows in days.items() for text in of_day(FIRST + timedelta(days=after), rows)),
    )


@pytest.mark.nightly
def test_a_day_with_few_or_no_rows_is_a_warning_once_it_is_over(shop: InProcess) -> None:
    deliver(shop, {after: 20 + after % 3 for after in range(35)})
    assert shop.run() == 0, shop.output
    assert WARNING not in shop.output
    deliver(shop, {35: 9, 37: 21})
    assert shop.run("--clock", "2019-11-08T00:00:00Z") == 0, shop.output
    assert (
        f"ecommerce.clean_events: {WARNING} (day 2019-11-05 rows 9 usual 21, day 2019-11-06 rows 0 usual 21)"
        in shop.output
    )
    deliver(shop, {38: 3})
    assert shop.run("--clock", "2019-11-08T12:00:00Z") == 0, shop.output
    assert WARNING not in shop.output


@pytest.mark.nightly
def test_a_day_is_compared_once_enough_of_its_weekdays_are_known(shop: InProcess) -> None:
    deliver(shop, {**dict.fromkeys(range(7 * MIN_KNOWN), 20), 7 * MIN_KNOWN: 2})
    assert shop.run("--clock", "2019-10-30T03:00:00Z") == 0, shop.output
    assert f"{WARNING} (day 2019-10-29 rows 2 usual 20)" in shop.output


@pytest.mark.nightly
def test_more_rejected_rows_than_usual_are_a_warning(shop: InProcess) -> None:
    for week in range(6):
        day = FIRST + timedelta(days=7 * week)
        refused = [
            line(event_time=f"{day} 11:00:00", price="?", product_id=str(number))
            for number in range(1 if week < 5 else 9)
        ]
        shop.deliver(f"{week}.csv", *of_day(day, 199), *refused)
        assert shop.run("--clock", f"{day}T23:00:00Z") == 0, shop.output
        assert (
            "the share of rejected rows is normal for the weekday"
            " (day 2019-11-05 percent 4.33 usual 0.5)" in shop.output
        ) == (week == 5)
