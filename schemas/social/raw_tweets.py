"""Tweets as delivered by the API or a stream, and messages about them: JSON objects of several versions."""

from schemas.table import OTHER_COLUMNS, Table

RAW_TWEETS = Table(
    name="social.raw_tweets",
    grain="one row per delivered line",
    columns=(OTHER_COLUMNS,),
)
