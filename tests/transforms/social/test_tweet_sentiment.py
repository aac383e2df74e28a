"""The sentiment of tweets, as their texts were judged."""

from typing import Any

from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_text_analyses import BREAKS, UNSCORED, Played, analysis, hashed
from tests.transforms.social.test_tweet_places import tweet
from transforms.social.tweet_sentiment import tweet_sentiment

TEXTS = [
    tweet(1, text="good", lang="en", original_text="good &amp;"),
    tweet(2, text="good", lang="en"),
    tweet(3, text="dobro", lang="hr"),
    tweet(4, text="", lang="hr"),
    tweet(5, text="bon", lang=None),
]
ANALYSES = [
    analysis("good"),
    analysis("good", analyser="played 0", sentiment="NEGATIVE"),
    analysis("good", "hr", sentiment="NEGATIVE"),
    analysis("dobro", "hr", translation="good, too", sentiment="MIXED"),
    analysis("bon", "", lang="fr", **UNSCORED, reason="budget"),
]


def test_a_tweet_has_the_sentiment_of_its_text_and_language(orders: Orders, rows: Rows) -> None:
    judged = hashed(rows(TEXT_ANALYSES, ANALYSES))
    expected = [
        ["001", "good", "good &amp;", False, "en", "POSITIVE", None, 0.9],
        ["002", "good", None, False, "en", "POSITIVE", None, 0.9],
        ["003", "good, too", None, True, "hr", "MIXED", None, 0.9],
        ["004", "", None, False, "hr", "UNSCORED", "empty", None],
        ["005", "bon", None, False, "fr", "UNSCORED", "budget", None],
    ]
    for frame in orders(TWEETS, TEXTS):
        found = tweet_sentiment(frame, judged, analyser=Played())
        assert_rows(found, "tweet_id text original_text is_translated lang sentiment reason positive", expected)


def made(number: int) -> dict[str, Any]:
    judged = analysis("x")
    return {**tweet(number, text="x"), **judged, "is_translated": False}


PLANTED = Planted(
    [made(number) for number in range(10)],
    {
        **BREAKS,
        "every tweet is there": row(tweet_id="other"),
        "every tweet is in tweets": row(tweet_id="other"),
    },
    {TWEETS: [tweet(number) for number in range(10)]},
)
