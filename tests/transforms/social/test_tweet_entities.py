"""Hashtags, mentions, places and other names in tweets."""

from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_influencers import place
from tests.transforms.social.test_text_analyses import Played, analysis, hashed
from tests.transforms.social.test_tweet_places import tweet
from transforms.social.tweet_entities import tweet_entities

TEXT = "😍 @Ana, u #Zadar2019 i #zadar, #Zadar"
TWEETS_MADE = [
    tweet(1, text=TEXT, lang="hr", hashtags=["Zadar2019", "zadar", "Zadar"], mentions=["Ana"]),
    tweet(2, text="u Splitu s Hajdukom", lang="hr", hashtags=["cut.off"]),
    tweet(3, text="ništa", lang="hr"),
]
PLACES = [
    {**place(1), "tweet_id": "001", "confidence": 0.9},
    {**place(1, source="geo"), "tweet_id": "001", "confidence": 1.0},
]
NAMES = [
    {"entity": "Hajduk", "type": "ORGANIZATION", "score": score, "begin": begin, "end": begin + 6}
    for score, begin in ((0.5, 13), (0.8, 30))
]
ANALYSES = [
    analysis("u Splitu s Hajdukom", "hr", translation="in Split with Hajduk", entities=NAMES),
    analysis("u Splitu s Hajdukom", "hr", analyser="played 0", entities=[{**NAMES[0], "entity": "old"}]),
]


def test_names_are_there_once_with_their_first_place_and_greatest_score(orders: Orders, rows: Rows) -> None:
    others = rows(TWEET_PLACES, PLACES), hashed(rows(TEXT_ANALYSES, ANALYSES))
    expected = [
        ["001", "Zadar", "LOCATION", 1.0, None, None],
        ["001", "ana", "MENTION", 1.0, 2, 6],
        ["001", "zadar", "HASHTAG", 1.0, 23, 29],
        ["001", "zadar2019", "HASHTAG", 1.0, 10, 20],
        ["002", "Hajduk", "ORGANIZATION", 0.8, 13, 19],
        ["002", "cut.off", "HASHTAG", 1.0, None, None],
    ]
    for frame in orders(TWEETS, TWEETS_MADE):
        found = tweet_entities(frame, *others, analyser=Played())
        assert_rows(found, "tweet_id entity type score begin_offset end_offset", expected)


PLANTED = Planted(
    [
        {**tweet(1), "entity": f"{number}", "type": "HASHTAG", "score": 1.0, "begin_offset": 0, "end_offset": 2}
        for number in range(10)
    ],
    {
        "scores are between 0 and 1": row(score=1.1),
        "an entity has both offsets in order, or none": row(end_offset=0),
        "every tweet is in tweets": row(tweet_id="other"),
    },
    {TWEETS: [tweet(1)]},
)
