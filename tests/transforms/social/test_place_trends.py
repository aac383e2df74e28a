"""How often places are mentioned per day, and what is unusual."""

from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.social.tweet_places import TWEET_PLACES
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_influencers import place
from transforms.social.place_trends import place_trends

COUNTS = {1: 2, 2: 2, 3: 4, 5: 2, 6: 12}


def places(counts: dict[int, int]) -> list[dict[str, Any]]:
    return [
        place(100 * day + number, author_id=f"{number}", created_at=f"2019-05-{day:02} 10:00:00")
        for day, count in counts.items()
        for number in range(count)
    ]


def trends(frame: DataFrame, first_day: date = date(2019, 5, 1)) -> DataFrame:
    return place_trends(frame, as_of=datetime(2019, 5, 20, tzinfo=UTC), time_zone="UTC", first_day=first_day)


def test_a_day_is_compared_with_the_days_before_including_those_without_tweets(orders: Orders) -> None:
    """Before the 6th: 2, 2, 4, 0, 2, whose median is 2; the deviations are 0, 0, 2, 2, 0."""
    expected = [
        ["2019-05-01", 2, 2, None, None, None],
        ["2019-05-02", 2, 2, None, None, None],
        ["2019-05-03", 4, 4, None, None, None],
        ["2019-05-05", 2, 2, 2.0, 0.0, False],
        ["2019-05-06", 12, 12, 2.0, 6.745, True],
    ]
    for frame in orders(TWEET_PLACES, places(COUNTS)):
        assert_rows(trends(frame), "day tweets authors usual z is_rising", expected)


def test_a_tweet_counts_once_and_days_from_as_of_on_do_not_count(rows: Rows) -> None:
    given = [place(1), place(1, source="geo"), place(2, created_at="2019-05-20 00:00:00"), place(3, place_id="q")]
    found = trends(rows(TWEET_PLACES, given))
    assert_rows(found, "day place_id tweets authors", [["2019-05-04", "p", 1, 1], ["2019-05-04", "q", 1, 1]])


def test_a_few_tweets_or_authors_do_not_make_a_trend(rows: Rows) -> None:
    few = places({1: 1, 9: 4})
    one_author = [{**one, "author_id": "1", "place_id": "q"} for one in places({1: 1, 9: 9})]
    found = trends(rows(TWEET_PLACES, [*few, *one_author])).filter("day = '2019-05-09'")
    assert_rows(found, "place_id tweets z is_rising", [["p", 4, 2.698, False], ["q", 9, 6.0705, False]])


MADE = [
    {
        "day": "2019-05-04",
        "place_id": f"{number}",
        "place": "Zadar",
        "tweets": 6,
        "authors": 3,
        "usual": 1.0,
        "z": 5.0,
        "is_rising": True,
        "time_zone": "UTC",
    }
    for number in range(10)
]
PLANTED = Planted(
    MADE,
    {
        "there are tweets, and no more authors than tweets": row(authors=7),
        "z and its flag are there where it is known what is usual": row(usual=None),
        "a rising place is above its usual number": row(z=1.0),
    },
)
