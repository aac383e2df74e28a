"""How influential authors are: components, ranks, filters and ties."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.social.interactions import INTERACTIONS
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from transforms.social.influencers import influencers

OPTIONS: dict[str, Any] = {
    "period_days": 28,
    "min_posts": 2,
    "country": ["HR"],
    "topic": ["plaz", "a.b"],
    "as_of": datetime(2019, 5, 10, 12, tzinfo=UTC),
    "time_zone": "UTC",
    "first_day": date(2019, 5, 1),
}


def tweet(tweet_id: int, author_id: str, **given: Any) -> dict[str, Any]:
    usual = {"tweet_id": f"{tweet_id}", "author_id": author_id, "created_at": "2019-05-04 10:00:00", "text": "Kava"}
    return {**usual, "author_name": f"name {author_id}", "followers": 10, **given}


def place(tweet_id: int, country: str | None = "HR", **given: Any) -> dict[str, Any]:
    usual = {"tweet_id": f"{tweet_id}", "author_id": "1", "created_at": "2019-05-04 10:00:00", "place_id": "p"}
    return {**usual, "source": "text", "place": "Zadar", "type": "settlement", "country": country, **given}


def interaction(author_id: str, target_id: str, kind: str = "retweet", day: int = 4) -> dict[str, Any]:
    return {
        "day": f"2019-05-{day:02}",
        "author_id": author_id,
        "target_id": target_id,
        "kind": kind,
        "tweets": 1,
        "time_zone": "UTC",
    }


def ranked(rows: Any, tweets: Any, places: Any = (), edges: Any = (), **options: Any) -> DataFrame:
    frames = rows(TWEETS, tweets), rows(TWEET_PLACES, places), rows(INTERACTIONS, edges)
    return influencers(*frames, **{**OPTIONS, **options})


def test_the_components_are_those_of_the_own_posts_and_of_the_newest_profile(rows: Rows) -> None:
    given = [
        tweet(1, "1", likes=5, replies=1, retweets=2, quotes=1, text="Na pla\u017ei"),
        tweet(2, "1", likes=None, followers=20, created_at="2019-05-05 10:00:00", author_name="new"),
        tweet(3, "1", followers=None, created_at="2019-05-06 10:00:00", author_name="newest", text="axb"),
        tweet(4, "1", likes=1_000, retweeted_id="90"),
        tweet(5, "2", retweeted_id="90"),
        tweet(6, "1", likes=9, created_at="2019-05-10 00:00:00"),
        tweet(7, "1", likes=9, created_at="2019-04-30 23:59:59"),
    ]
    columns = "author_id author_name posts retweets engagement followers engagement_rate topic_share period_end"
    expected = [
        ["1", "newest", 3, 1, 12, 20, 0.2, 0.666666666667, "2019-05-09"],
        ["2", "name 2", 0, 1, 0, 10, None, None, "2019-05-09"],
    ]
    assert_rows(ranked(rows, given, [place(2)]), columns, expected)


def test_who_is_retweeted_and_mentioned_leads_and_ties_go_to_the_lesser_id(rows: Rows) -> None:
    people = ("1", "2", "9", "10")
    given = [
        tweet(10 * number + n, author, author_location="Zagreb")
        for number, author in enumerate(people)
        for n in range(2)
    ]
    edges = [interaction(author, "2") for author in ("1", "9", "10")] + [interaction("2", "1", "mention")]
    found = ranked(rows, given, (), edges)
    expected = [
        [1, "2", 50.0, 1.0, 0.0, 0.0, 0.0],
        [2, "1", 33.3333333334, 0.666666666667, 0.0, 0.0, 0.0],
        [3, "9", 0.0, 0.0, 0.0, 0.0, 0.0],
        [4, "10", 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
    columns = "rank author_id influence pagerank_rank reach_rank engagement_rank topic_rank"
    assert_rows(found, columns, expected)


@pytest.mark.nightly
def test_the_order_of_the_rows_changes_nothing(orders: Orders, rows: Rows) -> None:
    given = [tweet(number, f"{number % 7}", text="Zadar", likes=number) for number in range(60)]
    edges = [interaction(f"{number % 7}", f"{number % 5}", day=number % 9 + 1) for number in range(60)]
    one, *others = (
        sorted(map(str, influencers(frame, rows(TWEET_PLACES, []), links, **OPTIONS).collect()))
        for frame, links in zip(orders(TWEETS, given), orders(INTERACTIONS, edges), strict=True)
    )
    assert others == [one, one]


def test_an_author_is_of_the_country_of_the_profile_or_of_most_posts(rows: Rows) -> None:
    given = [
        tweet(1, "1", author_location="Split, Hrvatska"),
        tweet(2, "2", author_location="Beograd"),
        tweet(3, "3", author_location="somewhere"),
        tweet(4, "3"),
        tweet(5, "4"),
        tweet(6, "5", followers=20_000, following=1, author_location="Croatia"),
        tweet(7, "6", followers=20_000, following=0, author_location="Croatia"),
        tweet(8, "7", author_location="Beograd"),
        tweet(9, "7"),
        tweet(10, "7"),
        tweet(11, "8", author_location="Europe, Croatia"),
        tweet(12, "9", author_location="Like"),
        tweet(13, "10", author_location="rijeka"),
        tweet(14, "11", author_location="Europa | Zagreb"),
    ]
    places = [place(3, "HR"), place(3, "IT", place_id="q"), place(4, "HR"), place(2, "HR")]
    places += [place(8, "HR"), place(9, "RS"), place(10, "RS")]
    found = ranked(rows, given, places, min_posts=1)
    expected = [
        ["1", "HR", False, True],
        ["2", "RS", False, True],
        ["3", "HR", False, True],
        ["4", None, False, False],
        ["5", "HR", True, False],
        ["6", "HR", False, True],
        ["7", "RS", False, False],
        ["8", "HR", False, True],
        ["9", None, False, False],
        ["10", "HR", False, True],
        ["11", "HR", False, True],
    ]
    assert_rows(found, "author_id country is_suspicious is_listed", expected)


@pytest.mark.nightly
def test_without_a_country_all_are_listed_with_enough_posts(rows: Rows) -> None:
    given = [tweet(1, "1", author_location="Beograd"), tweet(2, "2"), tweet(3, "2")]
    assert_rows(ranked(rows, given, country=[]).filter("is_listed"), "author_id", [["2"]])


def test_days_of_an_interaction_count_up_to_five(rows: Rows) -> None:
    days = {"2": 1, "3": 8, "4": 5}
    edges = [interaction("1", target, day=day + 1) for target, count in days.items() for day in range(count)]
    found = ranked(rows, [tweet(number, f"{number}") for number in range(1, 5)], (), edges).collect()
    ranks = {row.author_id: row.pagerank for row in found}
    assert ranks["3"] == ranks["4"] > ranks["2"] > ranks["1"]


RANKS = {"pagerank_rank": 0.0, "reach_rank": 0.0, "engagement_rank": 0.0, "topic_rank": 0.0, "influence": 0.0}
MADE = [
    {
        "author_id": f"{number}",
        "rank": number,
        "pagerank": 0.1,
        "posts": 5,
        "retweets": 0,
        "engagement": 0,
        "engagement_rate": 0.0,
        "topic_share": 0.0,
        **RANKS,
        "is_suspicious": False,
        "is_listed": True,
        "period_start": "2019-05-01",
        "period_end": "2019-05-09",
        "time_zone": "UTC",
    }
    for number in range(1, 11)
]
PLANTED = Planted(
    MADE,
    {
        "influence is 0 to 100": row(influence=101.0),
        "pagerank is a share": row(pagerank=1.5),
        "percent ranks are shares": row(topic_rank=1.5),
        "influence is the weighted sum of its components": row(influence=1.0),
        "rates are there where there are posts": row(topic_share=None),
        "listed authors have ranks without gaps, others none": row(rank=12),
        "no suspicious author is listed": row(is_suspicious=True),
        "ranks of pages of all authors are at most 1": row(pagerank=0.5),
    },
)
