"""The tweets of each day by sentiment, and the shares with their intervals."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweet_sentiment import TWEET_SENTIMENT
from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_influencers import place
from tests.transforms.social.test_tweet_places import tweet
from transforms.social.net_sentiment import net_sentiment

MOODS = ["POSITIVE"] * 12 + ["NEGATIVE"] * 4 + ["NEUTRAL"] * 3 + ["MIXED", "UNSCORED", "UNSCORED"]
COLUMNS = "day subject subject_id tweets positive negative neutral mixed unscored net_sentiment positive_share"


def moods(wanted: list[str]) -> list[dict[str, Any]]:
    return [{**tweet(at), "sentiment": mood, "is_translated": False} for at, mood in enumerate(wanted)]


def net(tweets: DataFrame, places: DataFrame, sentiment: DataFrame, time_zone: str = "UTC") -> DataFrame:
    as_of = datetime(2019, 5, 6, tzinfo=UTC)
    return net_sentiment(
        tweets,
        places,
        sentiment,
        topic=["plaz"],
        brands=["AIRBNB", "Aírbnb", "airbnb", "Croatia Air"],
        as_of=as_of,
        time_zone=time_zone,
    )


def test_shares_are_those_of_the_scored_tweets_of_20_or_more(orders: Orders, rows: Rows) -> None:
    given = [
        *(tweet(at, text="Na plaži" if at < 19 else "Kava u Airbnbu") for at in range(22)),
        tweet(90, retweeted_id="001"),
        tweet(91, created_at="2019-05-06 00:00:00"),
    ]
    sentiment = rows(TWEET_SENTIMENT, [*moods(MOODS), *moods(["POSITIVE"] * 92)[90:]])
    found = [{**place(0), "tweet_id": f"{at:03}"} for at in (0, 1, 12)]
    places = rows(TWEET_PLACES, [*found, {**found[0], "source": "geo"}])
    expected = [
        ["2019-05-04", "all", "all", 22, 12, 4, 3, 1, 2, 0.4, 0.6],
        ["2019-05-04", "brand", "airbnb", 3, 0, 0, 0, 1, 2, None, None],
        ["2019-05-04", "brand", "aírbnb", 3, 0, 0, 0, 1, 2, None, None],
        ["2019-05-04", "place", "p", 3, 2, 1, 0, 0, 0, None, None],
        ["2019-05-04", "topic", "topic", 19, 12, 4, 3, 0, 0, None, None],
    ]
    for frame in orders(TWEETS, given):
        assert_rows(net(frame, places, sentiment), COLUMNS, expected)
    # Wilson for 12 of 20.
    [interval] = net(rows(TWEETS, given), places, sentiment).filter("subject = 'all'").collect()
    assert (round(interval.positive_low, 6), round(interval.positive_high, 6)) == (0.386582, 0.781193)


def test_a_day_is_local(rows: Rows) -> None:
    given = [tweet(0, created_at="2019-05-03 21:59:59"), tweet(1, created_at="2019-05-03 22:00:00")]
    found = net(rows(TWEETS, given), rows(TWEET_PLACES, []), rows(TWEET_SENTIMENT, moods(MOODS[:2])), "Europe/Zagreb")
    assert_rows(found, "day subject tweets", [["2019-05-03", "all", 1], ["2019-05-04", "all", 1]])


COUNTS = {"tweets": 22, "positive": 12, "negative": 4, "neutral": 3, "mixed": 1, "unscored": 2}
SHARES = {"net_sentiment": 0.4, "positive_share": 0.6, "positive_low": 0.39, "positive_high": 0.78}
NAMES = {"subject": "place", "name": "Zadar", "time_zone": "UTC"}
ALL = {"day": "2019-05-04", **NAMES, "subject": "all", "subject_id": "all", **COUNTS, **SHARES}
PLANTED = Planted(
    [{**ALL, **NAMES, "subject_id": f"{number}"} for number in range(9)] + [ALL],
    {
        "subject is known": row(subject="mood"),
        "the tweets of all sentiments add up": row(unscored=3),
        "shares are there for 20 scored tweets or more": row(net_sentiment=None),
        "the share is within its interval": row(positive_low=0.7),
        "no subject has more tweets than there are": row(tweets=23, unscored=3),
    },
)
