"""Rows of the tables of the social board."""

from datetime import date, timedelta
from typing import Any

from tests.spark.reports import HOSTILE, Rows

FIRST = date(2019, 7, 1)
ZONE = {"time_zone": "Europe/Zagreb"}
PERIOD = {"period_start": FIRST, "period_end": FIRST + timedelta(27), **ZONE}
PLACES = [
    {"place_id": f"{number}", "place": name, "type": "settlement", "country": "HR"}
    for number, name in enumerate(("Zadar", "Split", *HOSTILE))
]


def social_lake(days: int) -> dict[str, Rows]:
    """Rows of each table for some days, by table stem."""
    calendar = [FIRST + timedelta(number) for number in range(days)]
    return {
        "tweets": [_tweet(day, number) for day in calendar for number in range(3)],
        "tweet_sentiment": [_mood(day, number) for day in calendar for number in range(3)],
        "tweet_places": [_place(day, number) for day in calendar for number in range(len(PLACES))],
        "influencers": [_author(number) for number in range(40)],
        "influencer_places": [
            {
                "author_id": f"{number}",
                "rank": number + 1,
                "tweets": 9 - at,
                "share": 0.1,
                **{name: PLACES[at][name] for name in ("place_id", "place", "country")},
                "first_day": FIRST,
                "last_day": FIRST,
                **PERIOD,
            }
            for number in range(5)
            for at in range(9)
        ],
        "interactions": [
            {"day": day, "author_id": "1", "target_id": "2", "kind": kind, "tweets": 1 + at, **ZONE}
            for day in calendar
            for at, kind in enumerate(("retweet", "quote", "reply", "mention"))
        ],
        "place_trends": [
            {
                "day": day,
                "place_id": place["place_id"],
                "place": place["place"],
                "country": "HR",
                **ZONE,
                "tweets": 20,
                "authors": 9,
                "usual": 2.0,
                "z": 9.5,
                "is_rising": True,
            }
            for day in calendar
            for place in PLACES[:4]
        ],
        "net_sentiment": [
            *(_net(day, "all", "all", "all", number) for number, day in enumerate(calendar)),
            *(_net(day, "place", place["place_id"], place["place"], 3) for day in calendar for place in PLACES),
        ],
    }


def _tweet(day: date, number: int) -> dict[str, Any]:
    at = {"tweet_id": f"{day:%Y%m%d}{number}", "author_id": f"{number}", "created_at": f"{day}T10:00:00"}
    return {**at, "text": HOSTILE[number], "retweeted_id": "1" if number == 0 else None}


def _mood(day: date, number: int) -> dict[str, Any]:
    mood = ("POSITIVE", "NEGATIVE", "UNSCORED")[number]
    judged = {"sentiment": mood, "reason": "language" if mood == "UNSCORED" else None, "analyser": "vader 3.3.2"}
    return {**_tweet(day, number), **judged, "is_translated": False, "is_truncated": False}


def _place(day: date, number: int) -> dict[str, Any]:
    position = {"latitude": 43.5 + number / 10, "longitude": 15.5 + number / 10}
    return {**_tweet(day, number % 3), **PLACES[number], **position, "source": "text", "mentions": 1, "confidence": 0.9}


def _author(number: int) -> dict[str, Any]:
    ranks = dict.fromkeys(("pagerank_rank", "reach_rank", "engagement_rank", "topic_rank"), 0.5)
    figures = {
        "influence": 99.0 - number,
        "pagerank": 0.01,
        "followers": 900,
        "engagement_rate": 0.1,
        "topic_share": 0.5,
    }
    counts = {"posts": 9, "retweets": 1, "engagement": 90, "is_suspicious": False, "is_listed": True}
    return {"author_id": f"{number}", "rank": number + 1, "country": "HR", **ranks, **figures, **counts, **PERIOD}


def _net(day: date, subject: str, subject_id: str, name: str, number: int) -> dict[str, Any]:
    counts = {"tweets": 40, "positive": 20 + number % 5, "negative": 15 - number % 5, "neutral": 3, "mixed": 0}
    shares = {
        "net_sentiment": (counts["positive"] - counts["negative"]) / 38,
        "positive_share": counts["positive"] / 38,
    }
    bounds = {"positive_low": shares["positive_share"] - 0.15, "positive_high": shares["positive_share"] + 0.15}
    named = {"day": day, "subject": subject, "subject_id": subject_id, "name": name}
    return {**named, **counts, "unscored": 2, **shares, **bounds, **ZONE}
