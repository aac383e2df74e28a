"""Delivered tweets of both versions of the API, and messages about them, typed and validated."""

import json
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.social.raw_tweets import RAW_TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.social.clean_tweets import clean_tweets

CLOCK = datetime(2020, 1, 1, 12, tzinfo=UTC)
USER = {"id": 7, "id_str": "7", "screen_name": "ana", "location": " Split ", "followers_count": 9, "friends_count": 3}
TWEET: dict[str, Any] = {
    "id": 100,
    "id_str": "100",
    "created_at": "Mon Oct 03 00:23:22 +0000 2016",
    "text": "Hello",
    "lang": "en",
    "user": USER,
    "retweet_count": 1,
    "favorite_count": 2,
}
ORIGINAL = {
    "id_str": "90",
    "user": {"id_str": "8"},
    "text": "cut\u2026",
    "extended_tweet": {"full_text": "The original"},
}


def cleaned(rows: Rows, *lines: Any) -> DataFrame:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    given = [{"raw_line": text, "source_file": f"/in/{number:03}"} for number, text in enumerate(texts)]
    return clean_tweets(delivered(rows, RAW_TWEETS, {}, given), clock=CLOCK)


# The tweet, and the columns that it changes. Every case is a tweet of its own file.
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"id_str": None}, {}),
    ({"full_text": "Whole", "text": "cut\u2026"}, {"text": "Whole", "original_text": "Whole"}),
    (
        {"truncated": True, "extended_tweet": {"full_text": "Longest", "entities": {"hashtags": [{"text": "a"}]}}},
        {"text": "Longest", "original_text": "Longest", "hashtags": ["a"]},
    ),
    (
        {"text": "Fish &amp; chips\n &lt;3  https://t.co/a1 \u017d\u030c https:/\u2026"},
        {
            "text": "Fish & chips <3 \u017d\u030c",
            "original_text": "Fish &amp; chips\n &lt;3  https://t.co/a1 \u017d\u030c https:/\u2026",
        },
    ),
    ({"text": "Z\u030cao &amp;lt;"}, {"text": "\u017dao &lt;", "original_text": "Z\u030cao &amp;lt;"}),
    ({"text": "https://t.co/a1"}, {"text": "", "original_text": "https://t.co/a1"}),
    (
        {"text": "RT @iva: cut\u2026", "retweeted_status": ORIGINAL},
        {
            "text": "The original",
            "original_text": "The original",
            "retweeted_id": "90",
            "retweeted_author_id": "8",
        },
    ),
    ({"quoted_status": ORIGINAL}, {"quoted_id": "90", "quoted_author_id": "8"}),
    ({"quoted_status_id_str": "91"}, {"quoted_id": "91"}),
    (
        {"in_reply_to_status_id": 80, "in_reply_to_user_id": 8},
        {"replied_id": "80", "replied_author_id": "8"},
    ),
    ({"lang": "in"}, {"lang": "id"}),
    ({"lang": "iw"}, {"lang": "he"}),
    ({"lang": "und"}, {"lang": None}),
    ({"lang": "zh-TW"}, {"lang": "zh"}),
    (
        {"text": "#Split i @iva_1, a@b.com #1 &#39;", "entities": None},
        {
            "text": "#Split i @iva_1, a@b.com #1 '",
            "original_text": "#Split i @iva_1, a@b.com #1 &#39;",
            "hashtags": ["Split"],
            "mentions": ["iva_1"],
        },
    ),
    (
        {"entities": {"hashtags": [], "user_mentions": [{"screen_name": "iva", "id_str": "8"}]}},
        {"mentions": ["iva"], "mentioned_ids": ["8"]},
    ),
    (
        {"entities": {"user_mentions": [{"screen_name": "gone", "id_str": "-1"}]}, "in_reply_to_user_id": -1},
        {"mentions": ["gone"]},
    ),
    (
        {
            "coordinates": {"type": "Point", "coordinates": [16.4, 43.5]},
            "place": {"full_name": "Split, Hrvatska", "country_code": "HR"},
        },
        {"latitude": 43.5, "longitude": 16.4, "place_name": "Split, Hrvatska", "place_country": "HR"},
    ),
    ({"coordinates": {"coordinates": [200.0, 43.5]}}, {}),
    ({"geo": {"type": "Point", "coordinates": [43.5, 16.4]}}, {}),
    ({"retweet_count": "100+"}, {"retweets": None}),
    ({"user": {**USER, "location": ""}}, {"author_location": None}),
]
USUAL = {
    "kind": "tweet",
    "tweet_id": "100",
    "author_id": "7",
    "author_name": "ana",
    "created_at": "2016-10-03 00:23:22",
    "text": "Hello",
    "original_text": "Hello",
    "lang": "en",
    **dict.fromkeys(("retweeted_id", "retweeted_author_id", "quoted_id", "quoted_author_id")),
    **dict.fromkeys(("replied_id", "replied_author_id")),
    **{name: list[str]() for name in ("hashtags", "mentions", "mentioned_ids")},
    "likes": 2,
    "retweets": 1,
    "replies": None,
    "quotes": None,
    "followers": 9,
    "following": 3,
    "author_location": "Split",
    **dict.fromkeys(("latitude", "longitude", "place_name", "place_country")),
    "problems": list[str](),
}


def test_every_form_of_a_tweet_becomes_one(rows: Rows) -> None:
    found = cleaned(rows, *({**TWEET, **change} for change, _ in CASES))
    expected = [[f"/in/{number:03}", *({**USUAL, **change}).values()] for number, (_, change) in enumerate(CASES)]
    assert_rows(found, " ".join(("source_file", *USUAL)), expected)


STATUS = {"id": 1_000_000_000_000_000_000, "id_str": "1000000000000000000", "user_id_str": "7"}
DELETED_AT = "2018-05-25 13:05:53.758"


def test_deletions_are_rows_at_the_time_in_the_id(rows: Rows) -> None:
    scrubbed = {"user_id": 7, "up_to_status_id_str": "1000000000000000000"}
    found = cleaned(
        rows,
        {"delete": {"status": STATUS, "timestamp_ms": "1"}},
        {"scrub_geo": scrubbed},
        {
            "id": "1000000000000000000",
            "action": "delete",
            "created_at": "2016-10-03T00:23:22.000Z",
            "reason": "deleted",
        },
        {"id": "1000000000000000000", "action": "delete", "reason": "scrub_geo"},
    )
    expected = [
        ["delete", STATUS["id_str"], "7", DELETED_AT, None, []],
        ["scrub_geo", STATUS["id_str"], "7", DELETED_AT, None, []],
        ["delete", STATUS["id_str"], None, DELETED_AT, None, []],
        ["scrub_geo", STATUS["id_str"], None, DELETED_AT, None, []],
    ]
    assert_rows(found, "kind tweet_id author_id created_at text problems", expected)


PROBLEMS: list[tuple[Any, list[str]]] = [
    ({"limit": {"track": 7}}, ["control"]),
    ({"errors": [{"code": 88}]}, ["control"]),
    ({"friends": [1, 2]}, ["control"]),
    ({"hello": 1}, ["bad_tweet_id", "bad_author_id", "bad_text", "unparsable_time"]),
    ({**TWEET, "id_str": "x1"}, ["bad_tweet_id"]),
    ({**TWEET, "user": None}, ["bad_author_id"]),
    ({**TWEET, "text": None}, ["bad_text"]),
    ({**TWEET, "created_at": "yesterday"}, ["unparsable_time"]),
    ({**TWEET, "created_at": "Mon Oct 33 00:23:22 +0000 2016"}, ["unparsable_time"]),
    ({**TWEET, "created_at": "Mon Oct 03 00:23:22 +0000 1999"}, ["too_old"]),
    ({**TWEET, "created_at": "Mon Oct 03 00:23:22 +0000 2022"}, ["future"]),
    (json.dumps(TWEET).replace("Hello", "\ufffd"), ["encoding"]),
    # As escapes in JSON.
    ({**TWEET, "text": "\ufffd"}, ["encoding"]),
    ({**TWEET, "text": "half \ud83d"}, ["encoding"]),
    ({**TWEET, "text": "nul \0"}, ["encoding"]),
    ({**TWEET, "user": {**USER, "location": "\ude00 Split"}}, ["encoding"]),
    ({**TWEET, "user": {**USER, "screen_name": "\ufffd"}}, ["encoding"]),
    ({**TWEET, "entities": {"hashtags": [{"text": "a"}, {"text": "\ud83d"}]}}, ["encoding"]),
    ({**TWEET, "retweeted_status": {**ORIGINAL, "extended_tweet": {"full_text": "\0"}}}, ["encoding"]),
    ({**TWEET, "text": "whole \U0001f600, and \\ud83d as text"}, []),
    ({"data": [], "meta": {"result_count": 0}}, ["control"]),
]


def test_a_bad_tweet_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(line for line, _ in PROBLEMS))
    expected = [[f"/in/{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "source_file problems", expected)
    malformed = delivered(rows, RAW_TWEETS, {}, [{"raw_line": '{"id": 1', "malformed": True}])
    assert_rows(clean_tweets(malformed, clock=CLOCK), "problems", [[["truncated_or_malformed"]]])


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    lines = [json.dumps({**TWEET, "id_str": f"{number}"}) for number in range(6)]
    given = [{"raw_line": line, "source_file": "/in/a", "malformed": False} for line in lines]
    for frame in orders(with_line(RAW_TWEETS), given):
        assert_rows(clean_tweets(frame, clock=CLOCK), "tweet_id", [[f"{number}"] for number in range(6)])


KEPT = [{**USUAL, "tweet_id": f"{number}", **OF_FILE} for number in range(10)]
PLANTED = Planted(
    [{name: value for name, value in one.items() if name != "problems"} for one in KEPT],
    {
        "kind is known": row(kind="another"),
        "ids are numbers": row(tweet_id="x"),
        "a tweet has an author and a text": row(author_id=None),
        "tweets are from 2000 until the clock": row(created_at="1999-12-31T23:59:59Z"),
        "positions are on earth": row(latitude=43.5),
        "few tweets have no text of their own": {"rows": [{"tweet_id": f"{n}", "text": ""} for n in range(100, 220)]},
    },
)
