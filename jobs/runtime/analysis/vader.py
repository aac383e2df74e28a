"""Judge English texts offline, by the words of VADER's lexicon."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.analysis.analysis_rows import KEY, analysis_rows

if TYPE_CHECKING:
    import pandas as pd

# The limits of the compound score that VADER's authors use.
_POSITIVE, _NEGATIVE = 0.05, -0.05
_SCORES = {"pos": "positive", "neg": "negative", "neu": "neutral", "compound": "compound"}


@dataclass(frozen=True)
class Vader:
    """VADER, a lexicon with rules. It knows English only, finds no names, and costs nothing."""

    @property
    def version(self) -> str:
        return f"vader {metadata.version('vaderSentiment')}"

    def __str__(self) -> str:
        return "vader"

    def analyse(self, texts: DataFrame, max_units: int) -> DataFrame:  # noqa: ARG002
        """As the port says. A text without any word of the lexicon is UNSCORED: VADER would call it neutral."""
        is_english = F.col("delivered_lang") == "en"
        types = ", ".join(f"{name} {'string' if name in KEY else 'double'}" for name in (*KEY, *_SCORES.values()))
        scored = texts.filter(is_english).select(*KEY, "text").mapInPandas(_scores, types)
        others = texts.filter(~is_english).select(*KEY)
        judged = scored.unionByName(others, allowMissingColumns=True)
        has_word = F.coalesce((F.col("positive") > 0) | (F.col("negative") > 0), F.lit(False))
        compound = F.col("compound")
        mood = F.when(compound >= _POSITIVE, "POSITIVE").when(compound <= _NEGATIVE, "NEGATIVE").otherwise("NEUTRAL")
        values = {
            "lang": F.when(F.col("delivered_lang") != "", F.col("delivered_lang")),
            "sentiment": F.when(has_word, mood).otherwise(F.lit("UNSCORED")),
            "reason": F.when(F.col("delivered_lang") == "", F.lit("no_language"))
            .when(F.col("delivered_lang") != "en", F.lit("language"))
            .when(~has_word, F.lit("no_known_word")),
            **{name: F.when(has_word, F.col(name)) for name in ("positive", "negative", "neutral")},
            "analysed_at": F.when(has_word, F.lit(datetime.now(UTC))),
        }
        return analysis_rows(judged, self.version, values)


def _scores(batches: Iterable["pd.DataFrame"]) -> Iterator["pd.DataFrame"]:
    """The scores of the texts, on the executors."""
    import pandas as pd
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    for batch in batches:
        scores = pd.DataFrame([vader.polarity_scores(text) for text in batch["text"]], columns=list(_SCORES))
        yield batch[list(KEY)].reset_index(drop=True).join(scores.rename(columns=_SCORES).astype(float))
