"""Rows of text_analyses from the texts that were given to an analyser."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.text_analyses import TEXT_ANALYSES

KEY = ("text_hash", "delivered_lang")


def analysis_rows(texts: DataFrame, version: str, values: Mapping[str, Column]) -> DataFrame:
    """A row of text_analyses for each text. *Nulls:* columns without a value are NULL, or false, or empty."""
    usual = {"is_truncated": F.lit(False), "analyser": F.lit(version), "entities": F.array()}
    known = {**{name: F.col(name) for name in KEY}, **usual, **values}
    columns = ((name, known.get(name, F.lit(None))) for name in TEXT_ANALYSES.names)
    return texts.select(*(value.cast(TEXT_ANALYSES.types[name]).alias(name) for name, value in columns))
