"""Who retweets, quotes, replies to and mentions whom, by local day."""

from datetime import UTC, datetime
from typing import Any

from schemas.social.tweets import TWEETS
from tests.conftest import Orders, assert_rows
from tests.planted import Planted, row
from transforms.social.interactions import interactions

AS_OF = datetime(2019, 5, 10, tzinfo=UTC)


def tweet(tweet_id: str, author_id: str = "1", **given: Any) -> dict[str, Any]:
    usual = {"tweet_id": tweet_id, "author_id": author_id, "created_at": "2019-05-04 22:30:00", "text": ""}
    return {**usual, "mentioned_ids": [], **given}


GIVEN = [
    # A retweet of a tweet that quotes, replies and mentions.
    tweet(
        "1",
        retweeted_id="90",
        retweeted_author_id="2",
        mentioned_ids=["3"],
        quoted_id="89",
        quoted_author_id="4",
        replied_id="88",
        replied_author_id="5",
    ),
    tweet("2", quoted_id="91", quoted_author_id="2", mentioned_ids=["2", "3"]),
    tweet("3", replied_id="92", replied_author_id="2", mentioned_ids=["2"]),
    tweet("4", mentioned_ids=["2", "2", "1"]),
    tweet("5", mentioned_ids=["2"]),
    tweet("6", replied_id="93", replied_author_id="1"),
    tweet("7", retweeted_id="94"),
    tweet("8", mentioned_ids=["2"], created_at="2019-05-10 00:00:00"),
    tweet("9", mentioned_ids=["2"], created_at="2019-05-04 10:00:00"),
]


def test_a_tweet_interacts_once_with_each_user_and_never_with_its_author(orders: Orders) -> None:
    expected = [
        ["2019-05-05", "1", "2", "retweet", 1],
        ["2019-05-05", "1", "2", "quote", 1],
        ["2019-05-05", "1", "3", "mention", 1],
        ["2019-05-05", "1", "2", "reply", 1],
        ["2019-05-05", "1", "2", "mention", 2],
        ["2019-05-04", "1", "2", "mention", 1],
    ]
    for frame in orders(TWEETS, GIVEN):
        found = interactions(frame, as_of=AS_OF, time_zone="Europe/Zagreb")
        assert_rows(found, "day author_id target_id kind tweets", expected)


MADE = [
    {
        "day": "2019-05-05",
        "author_id": "1",
        "target_id": f"{number}",
        "kind": "retweet",
        "tweets": 1,
        "time_zone": "Europe/Zagreb",
    }
    for number in range(2, 12)
]
PLANTED = Planted(
    MADE,
    {
        "kind is known": row(kind="another"),
        "tweets is positive": row(tweets=0),
        "nobody interacts with themselves": row(author_id="2"),
    },
)
