"""The most frequent visitors, ranked numerically rather than as text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.accounts.clean_visits import CLEAN_VISITS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from transforms.accounts.top_visitors import top_visitors

AS_OF = datetime(2019, 10, 3, tzinfo=UTC)
AT = "2019-10-01 10:00:00"


def visits(user_id: str, count: int, email: str | None = None, at: str = AT) -> list[dict[str, Any]]:
    return [{"user_id": user_id, "email": email, "visited_at": at, "page": f"/{number}"} for number in range(count)]


def top(frame: DataFrame, most: int = 10, zone: str = "UTC") -> DataFrame:
    return top_visitors(frame, top=most, as_of=AS_OF, time_zone=zone)


def test_a_hundred_is_more_than_ten_and_ten_more_than_nine(orders: Orders) -> None:
    for frame in orders(CLEAN_VISITS, [*visits("a", 9), *visits("b", 10), *visits("c", 100)]):
        assert_rows(top(frame), "rank user_id visits", [[1, "c", 100], [2, "b", 10], [3, "a", 9]])


def test_of_equal_counts_the_lesser_id_is_first_and_no_more_than_top_are_listed(orders: Orders) -> None:
    for frame in orders(CLEAN_VISITS, [*visits("9", 2), *visits("10", 2), *visits("b", 2), *visits("a", 3)]):
        assert_rows(top(frame, 3), "rank user_id", [[1, "a"], [2, "10"], [3, "9"]])


def test_the_newest_address_counts_then_the_greatest_and_all_are_listed(orders: Orders) -> None:
    given = [
        *visits("a", 1, "z@x.com", "2019-09-30 10:00:00"),
        *visits("a", 1, "b@x.com"),
        *visits("a", 2, "c@x.com"),
        *visits("a", 1, None, "2019-10-02 10:00:00"),
        *visits("b", 1),
    ]
    expected = [[1, "c@x.com", ["b@x.com", "c@x.com", "z@x.com"]], [2, None, []]]
    for frame in orders(CLEAN_VISITS, given):
        assert_rows(top(frame), "rank email emails", expected)


def test_visits_from_as_of_on_do_not_count(rows: Rows) -> None:
    given = [*visits("a", 1, at="2019-10-02 23:59:59"), *visits("a", 5, at="2019-10-03 00:00:00")]
    assert_rows(top(rows(CLEAN_VISITS, given)), "user_id visits", [["a", 1]])


def test_no_rows_in_give_no_rows_out(rows: Rows) -> None:
    assert_rows(top(rows(CLEAN_VISITS, [])), "user_id", [])


@pytest.mark.parametrize(("zone", "last_day"), [("UTC", "2019-10-01"), ("Europe/Zagreb", "2019-10-02")])
def test_days_are_local(rows: Rows, zone: str, last_day: str) -> None:
    given = [*visits("a", 1, at="2019-10-01 10:00:00"), *visits("a", 1, at="2019-10-01 22:00:00")]
    found = top(rows(CLEAN_VISITS, given), zone=zone)
    assert_rows(found, "first_day last_day time_zone", [["2019-10-01", last_day, zone]])


OF_VISITS = {
    "visits": 5,
    "email": None,
    "emails": [],
    "first_day": "2019-10-01",
    "last_day": "2019-10-01",
    "time_zone": "UTC",
}
MADE = [{"rank": number, "user_id": f"{number}", **OF_VISITS} for number in range(1, 11)]
PLANTED = Planted(
    MADE,
    {
        "ranks are 1 and up without gaps": row(rank=12),
        "a higher rank has no fewer visits": row(visits=4),
        "the email is one of the emails, and there where they are": row(email="a@b.com"),
        "a visitor has come, first and last in that order": row(last_day="2019-09-30"),
    },
)
