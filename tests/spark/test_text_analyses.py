"""Texts are paid for once: a run goes on where the budget ended, and a run on the same texts asks for nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.runtime.analysis import analysers
from jobs.runtime.analysis.billed_texts import Text
from jobs.runtime.analysis.comprehend import Comprehend
from jobs.runtime.job import Pipeline
from jobs.social import clean_tweets, text_analyses, tweets
from tests.conftest import InProcess

NOON = datetime(2019, 7, 2, 12, tzinfo=UTC)
MEMBERS = [clean_tweets.JOB.with_files("tweets*"), tweets.JOB, text_analyses.JOB]


def line(number: int) -> str:
    user = {"id_str": "7", "screen_name": "ana"}
    posted = f"Mon Jul 01 10:00:{number:02} +0000 2019"
    tweet = {"id_str": f"{number}", "text": f"text {number}", "lang": "en", "user": user, "created_at": posted}
    return json.dumps(tweet)


@pytest.mark.nightly
def test_a_text_is_paid_for_once(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    class Counted(Comprehend):
        def _scored(self, texts: Any) -> Iterator[list[dict[str, Any]]]:
            asked.extend(text.text for text in texts)
            scores = {"sentiment": "NEUTRAL", "positive": 0.0, "negative": 0.0, "neutral": 1.0, "mixed": 0.0}
            yield [Text.row(text, **scores, analysed_at=NOON) for text in texts]

    monkeypatch.setitem(analysers._ANALYSERS, "comprehend", Counted())
    daily.job = Pipeline("social.daily", MEMBERS)
    daily.deliver("tweets.jsonl", *map(line, (1, 2, 3)), header="")
    limited = ("--analyser", "comprehend", "--max_units", "12")
    assert daily.run(*limited, "--dry_run") == 0, daily.output
    assert asked == []
    assert daily.run(*limited) == 0, daily.output
    assert asked == ["text 3", "text 2"]
    assert "the budget was enough for all texts" in daily.output
    assert daily.run(*limited) == 0, daily.output
    assert asked == ["text 3", "text 2", "text 1"]
    assert daily.run(*limited, "--full") == 0, daily.output
    assert daily.run("--analyser", "vader") == 0, daily.output
    assert daily.run(*limited) == 0, daily.output
    assert len(asked) == 3
    found = daily.table("social.text_analyses").groupBy("analyser").count().collect()
    assert {row.analyser: row["count"] for row in found} == {"comprehend": 3, "vader 3.3.2": 3}
