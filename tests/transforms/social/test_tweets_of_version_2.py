"""Tweets of version 2 of the API: parts beside the tweet, long texts, pages and edits."""

import json
from typing import Any

from tests.conftest import Rows, assert_rows
from tests.transforms.social.test_clean_tweets import cleaned

OF_VERSION_2: dict[str, Any] = {
    "data": {
        "id": "200",
        "created_at": "2019-05-04T10:00:00.000Z",
        "text": "RT @iva: cut\u2026",
        "author_id": "7",
        "lang": "hr",
        "public_metrics": {"retweet_count": 5, "reply_count": 1, "like_count": 6, "quote_count": 2},
        "referenced_tweets": [{"type": "retweeted", "id": "190"}, {"type": "quoted", "id": "180"}],
        "geo": {"place_id": "p1", "coordinates": {"type": "Point", "coordinates": [16.4, 43.5]}},
    },
    "includes": {
        "users": [
            {"id": "7", "username": "ana", "public_metrics": {"followers_count": 4, "following_count": 5}},
            {"id": "8", "username": "iva"},
        ],
        "tweets": [
            {
                "id": "190",
                "author_id": "8",
                "text": "Ljeto u #Splitu",
                "entities": {"hashtags": [{"tag": "Splitu"}], "mentions": [{"username": "x", "id": "1"}]},
            }
        ],
        "places": [{"id": "p1", "full_name": "Split, Hrvatska", "country_code": "HR"}],
    },
}


def test_version_2_has_its_parts_beside_the_tweet_or_is_the_tweet_alone(rows: Rows) -> None:
    found = cleaned(rows, OF_VERSION_2, {**OF_VERSION_2["data"], "referenced_tweets": None})
    columns = (
        "tweet_id author_id author_name created_at original_text lang retweeted_id retweeted_author_id quoted_id"
        " hashtags mentioned_ids likes retweets replies quotes followers following latitude place_name problems"
    )
    time, counts = "2019-05-04 10:00:00", [6, 5, 1, 2]
    whole = ["200", "7", "ana", time, "Ljeto u #Splitu", "hr", "190", "8", "180", ["Splitu"], ["1"], *counts, 4, 5]
    alone = ["200", "7", None, time, "RT @iva: cut\u2026", "hr", None, None, None, [], [], *counts, None, None]
    assert_rows(found, columns, [[*whole, 43.5, "Split, Hrvatska", []], [*alone, 43.5, None, []]])


def test_the_author_of_a_retweeted_tweet_that_was_not_delivered_is_the_mention_that_the_text_begins_with(
    rows: Rows,
) -> None:
    mentions = [{"username": "other", "id": "9"}, {"username": "Iva", "id": "8"}]
    tweet = {**OF_VERSION_2["data"], "entities": {"mentions": mentions}}
    found = cleaned(rows, tweet, {**tweet, "text": "iva", "id": "201"}, {**tweet, "referenced_tweets": [], "id": "202"})
    expected = [["200", "190", "8"], ["201", "190", None], ["202", None, None]]
    assert_rows(found, "tweet_id retweeted_id retweeted_author_id", expected)


def test_a_long_text_of_version_2_comes_with_its_own_entities(rows: Rows) -> None:
    long = {
        "text": "long text @late #Pula",
        "entities": {"hashtags": [{"tag": "Pula"}], "mentions": [{"username": "late", "id": "8"}]},
    }
    tweet = {**OF_VERSION_2["data"], "referenced_tweets": None, "entities": {"hashtags": []}, "note_tweet": long}
    retweeted = [{"id": "190", "author_id": "8", "text": "cut\u2026", "note_tweet": long}]
    found = cleaned(rows, tweet, {**OF_VERSION_2, "includes": {"tweets": retweeted}})
    expected = [[long["text"], ["Pula"], ["late"], ["8"]]] * 2
    assert_rows(found, "text hashtags mentions mentioned_ids", expected)


def test_a_page_of_tweets_gives_a_row_for_each(rows: Rows) -> None:
    first = {**OF_VERSION_2["data"], "referenced_tweets": None, "text": "First"}
    page = {
        "data": [first, {**first, "id": "201", "text": "\ufffd"}, {**first, "id": "202x"}],
        "includes": OF_VERSION_2["includes"],
        "meta": {"result_count": 3},
    }
    found = cleaned(rows, page)
    expected = [["200", "ana", "First", []], ["201", "ana", "\ufffd", ["encoding"]]]
    expected.append([None, "ana", "First", ["bad_tweet_id"]])
    assert_rows(found, "tweet_id author_name text problems", expected)
    lines = [json.loads(line.raw_line) for line in found.select("raw_line").collect()]
    assert sorted(lines, key=lambda line: line["id"]) == page["data"]


def test_a_version_of_an_edited_tweet_names_the_first_one(rows: Rows) -> None:
    history = {"edit_history_tweet_ids": ["200", "201"]}
    versions = ({**OF_VERSION_2["data"], "id": version, **history} for version in ("200", "201"))
    assert_rows(cleaned(rows, *versions), "tweet_id edited_id", [["200", None], ["201", "200"]])
