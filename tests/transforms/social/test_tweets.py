"""The newest state of each tweet that was not deleted."""

from typing import Any

from schemas.social.clean_tweets import CLEAN_TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import OF_FILE, Planted, row
from transforms.social.tweets import tweets

PLACE = {"latitude": 43.5, "longitude": 16.4, "place_name": "Split, Hrvatska", "place_country": "HR"}


def delivered_tweet(tweet_id: str, author_id: str | None = "7", **given: Any) -> dict[str, Any]:
    usual = {"kind": "tweet", "tweet_id": tweet_id, "author_id": author_id, "created_at": "2019-05-04 10:00:00"}
    return {**usual, "text": "Hello", "original_text": "Hello", "retweets": 1, "likes": 2, **OF_FILE, **given}


def test_the_state_with_most_reactions_counts_and_of_equal_ones_that_of_the_later_run(orders: Orders) -> None:
    given = [
        delivered_tweet("1", likes=9, retweets=0, run_id="r1", followers=5),
        delivered_tweet("1", likes=2, retweets=9, run_id="r1", followers=6),
        delivered_tweet("1", likes=1, retweets=1, run_id="r3", followers=7),
        delivered_tweet("2", run_id="r1", followers=9),
        delivered_tweet("2", run_id="r2", followers=8),
        delivered_tweet("3", likes=None, retweets=None, followers=3),
    ]
    for frame in orders(CLEAN_TWEETS, given):
        assert_rows(tweets(frame), "tweet_id followers", [["1", 6], ["2", 8], ["3", 3]])


def test_a_complete_text_counts_also_where_a_cut_one_came_with_more_reactions(orders: Orders) -> None:
    whole = {"text": "the whole text #Split", "original_text": "the whole text #Split", "hashtags": ["Split"]}

    def cut(text: str) -> dict[str, Any]:
        return {"text": text, "original_text": text, "likes": 9, "hashtags": []}

    given = [
        delivered_tweet("1", **whole),
        delivered_tweet("1", **cut("the whole\u2026 https://t.co/x1")),
        delivered_tweet("2", **whole, retweeted_id="9"),
        delivered_tweet("2", **cut("RT @ana: the whole text"), retweeted_id="9"),
        delivered_tweet("3", **cut("only\u2026"), run_id="r1"),
        delivered_tweet("3", **(cut("this\u2026") | {"likes": 1}), run_id="r2"),
    ]
    expected = [["1", "the whole text #Split", 9, ["Split"]], ["2", "the whole text #Split", 9, ["Split"]]]
    for frame in orders(CLEAN_TWEETS, given):
        assert_rows(tweets(frame), "tweet_id original_text likes hashtags", [*expected, ["3", "only\u2026", 9, []]])


def test_a_deleted_tweet_is_gone_and_so_are_its_retweets(orders: Orders) -> None:
    given = [
        delivered_tweet("1"),
        delivered_tweet("2"),
        delivered_tweet("3", retweeted_id="1"),
        delivered_tweet("4", quoted_id="1"),
        delivered_tweet("1", None, kind="delete", text=None, original_text=None),
    ]
    for frame in orders(CLEAN_TWEETS, given):
        assert_rows(tweets(frame), "tweet_id", [["2"], ["4"]])


def test_of_an_edited_tweet_the_newest_version_counts(orders: Orders) -> None:
    given = [
        delivered_tweet("9", likes=9),
        delivered_tweet("10", edited_id="9"),
        delivered_tweet("11", edited_id="9"),
        delivered_tweet("11", likes=7),
        # Deleted, by the newest version and by the first one.
        *(delivered_tweet("20"), delivered_tweet("21", edited_id="20")),
        delivered_tweet("21", None, kind="delete", text=None, original_text=None),
        *(delivered_tweet("30"), delivered_tweet("31", edited_id="30")),
        delivered_tweet("30", None, kind="delete", text=None, original_text=None),
    ]
    for frame in orders(CLEAN_TWEETS, given):
        assert_rows(tweets(frame), "tweet_id likes", [["11", 7]])


def test_removed_places_are_gone_up_to_the_tweet_that_the_message_names(rows: Rows) -> None:
    given = [
        *(delivered_tweet(tweet_id, **PLACE) for tweet_id in ("9", "10", "11")),
        delivered_tweet("8", "other", **PLACE),
        delivered_tweet("10", kind="scrub_geo", text=None, original_text=None),
        delivered_tweet("9", kind="scrub_geo", text=None, original_text=None),
    ]
    given += [
        *(delivered_tweet(tweet_id, "one", **PLACE) for tweet_id in ("5", "6")),
        # A batch compliance job names the tweet alone.
        delivered_tweet("6", None, kind="scrub_geo", text=None, original_text=None),
    ]
    gone, there = [None] * 4, list(PLACE.values())
    found = tweets(rows(CLEAN_TWEETS, given))
    expected = [["9", *gone], ["10", *gone], ["11", *there], ["8", *there], ["5", *there], ["6", *gone]]
    assert_rows(found, f"tweet_id {' '.join(PLACE)}", expected)


BESIDE = [delivered_tweet(f"{number}") for number in range(10)]
PLANTED = Planted(
    [{name: value for name, value in one.items() if name not in ("kind", *OF_FILE)} for one in BESIDE],
    {
        "ids are numbers": row(author_id="x"),
        "as many tweets as were delivered and neither deleted, nor retweets of deleted ones, nor older versions": {
            "rows": [{"tweet_id": "99"}]
        },
        "no counter is negative": row(likes=-1, retweets=0, replies=0, quotes=0, followers=0, following=0),
        "positions are on earth": row(latitude=43.5),
    },
    {CLEAN_TWEETS: BESIDE},
)
