"""The port behind which texts are judged: a service, or a library."""

from typing import Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


class Analyser(Protocol):
    """Judges sentiment and finds names."""

    @property
    def version(self) -> str:
        """The analyser and its version: with another one, texts are judged again."""

    def analyse(self, texts: DataFrame, max_units: int) -> DataFrame:
        """Judge `texts` (text_hash, text, delivered_lang, newest), those with the greatest `newest` first.

        Returns rows of text_analyses, one per text; UNSCORED with a reason where a text was not judged. A paid service
        is asked for at most `max_units` of 100 characters.
        """


def hashed_text() -> Column:
    """The key of the column `text` in text_analyses."""
    return F.sha2("text", 256)


def delivered_language() -> Column:
    """The column `lang` as the key in text_analyses."""
    return F.coalesce("lang", F.lit(""))
