"""The places of listed authors."""

from schemas.social.influencers import INFLUENCERS
from schemas.social.tweet_places import TWEET_PLACES
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_influencers import MADE as AUTHORS
from tests.transforms.social.test_influencers import place
from transforms.social.influencer_places import influencer_places


def test_a_tweet_counts_once_per_place_and_only_those_of_listed_authors_in_the_period(
    orders: Orders, rows: Rows
) -> None:
    listed = [{**AUTHORS[0], "time_zone": "Europe/Zagreb"}, {**AUTHORS[1], "is_listed": False, "rank": None}]
    given = [
        place(1, created_at="2019-04-30 22:30:00"),
        place(1, created_at="2019-04-30 22:30:00", source="geo"),
        place(2),
        place(2, place_id="q", place="Split"),
        place(3, author_id="2"),
        place(4, created_at="2019-05-09 22:30:00"),
    ]
    for frame in orders(TWEET_PLACES, given):
        found = influencer_places(rows(INFLUENCERS, listed), frame)
        expected = [
            ["1", 1, "p", "Zadar", 2, 1.0, "2019-05-01", "2019-05-04"],
            ["1", 1, "q", "Split", 1, 0.5, "2019-05-04", "2019-05-04"],
        ]
        assert_rows(found, "author_id rank place_id place tweets share first_day last_day", expected)


MADE = [
    {
        "author_id": "1",
        "rank": 1,
        "place_id": f"{number}",
        "place": "Zadar",
        "tweets": 1,
        "share": 0.1,
        "first_day": "2019-05-04",
        "last_day": "2019-05-04",
        "period_start": "2019-05-01",
        "period_end": "2019-05-09",
        "time_zone": "UTC",
    }
    for number in range(10)
]
PLANTED = Planted(
    MADE,
    {
        "tweets is positive": row(tweets=0),
        "a share is above 0 and at most 1": row(share=1.5),
        "the days are in the period, in order": row(last_day="2019-05-10"),
        "every author is listed": row(author_id="99"),
    },
    {INFLUENCERS: AUTHORS},
)
