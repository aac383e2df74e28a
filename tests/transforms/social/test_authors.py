"""Authors and their followers over time."""

from datetime import UTC, datetime
from typing import Any

from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from transforms.social.authors import authors

AS_OF = datetime(2019, 6, 1, tzinfo=UTC)


def tweet(tweet_id: str, day: int, followers: int | None, **given: Any) -> dict[str, Any]:
    at = f"2019-05-{day:02} 10:00:00"
    return {"tweet_id": tweet_id, "author_id": "7", "created_at": at, "text": "", "followers": followers, **given}


def test_a_period_lasts_as_long_as_the_profile_and_returns_with_it(orders: Orders) -> None:
    given = [
        tweet("1", 1, 5),
        tweet("2", 2, 5),
        tweet("3", 3, 6),
        tweet("10", 4, 5),
        tweet("9", 4, 7),
        tweet("11", 5, None),
        tweet("12", 6, 1, author_id="8", author_name="iva"),
    ]
    expected = [
        ["7", None, 5, "2019-05-01 10:00:00", "2019-05-03 10:00:00", False, 2],
        ["7", None, 6, "2019-05-03 10:00:00", "2019-05-04 10:00:00", False, 1],
        ["7", None, 5, "2019-05-04 10:00:00", None, True, 2],
        ["8", "iva", 1, "2019-05-06 10:00:00", None, True, 1],
    ]
    for frame in orders(TWEETS, given):
        assert_rows(
            authors(frame, as_of=AS_OF),
            "author_id author_name followers valid_from valid_to is_current tweets",
            expected,
        )


def test_without_tweets_there_are_no_authors(rows: Rows) -> None:
    assert_rows(authors(rows(TWEETS, []), as_of=AS_OF), "author_id", [])


def test_a_profile_of_a_tweet_at_as_of_or_later_is_not_known_yet(rows: Rows) -> None:
    given = rows(TWEETS, [tweet("1", 1, 5), tweet("2", 2, 6), tweet("3", 3, 7)])
    expected = [["2019-05-01 10:00:00", None, True, 5]]
    found = authors(given, as_of=datetime(2019, 5, 2, 10, tzinfo=UTC))
    assert_rows(found, "valid_from valid_to is_current followers", expected)


MADE = [
    {"author_id": f"{number}", "valid_from": "2019-05-01 10:00:00", "is_current": True, "followers": 1, "tweets": 1}
    for number in range(10)
]
PLANTED = Planted(
    MADE,
    {
        "tweets is positive": row(tweets=0),
        "a profile ends after it began, and the current one does not end": row(valid_to="2019-06-01 10:00:00"),
        "an author has one current profile": {
            "rows": [{"valid_from": "2019-04-01 10:00:00", "valid_to": "2019-05-01 10:00:00", "author_id": "0"}]
        },
        "no counter is negative": row(followers=-1, following=0),
    },
)
