"""What analysers found in each text."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.social.text_analyses import TEXT_ANALYSES
from transforms.text.analyser import Analyser, delivered_language, hashed_text

# Reasons for which a text is judged by a later run.
UNFINISHED = "reason IN ('budget', 'unavailable')"
_KEY = ["text_hash", "delivered_lang"]


def text_analyses(tweets: DataFrame, published: DataFrame, *, analyser: Analyser, max_units: int) -> DataFrame:
    """The texts of the tweets, judged by the analyser, and as other analysers judged them before.

    *Grain:* one row per text, delivered language and analyser. Tweets with the same text, such as retweets, are judged
    once, and only if `published` does not have the result. Texts that no tweet has any more are left out. *Nulls:*
    tweets without a text are left out.
    """
    texts = (
        tweets.filter(F.col("text") != "")
        .groupBy(hashed_text().alias("text_hash"), delivered_language().alias("delivered_lang"))
        .agg(F.max("text").alias("text"), F.max("created_at").alias("newest"))
    )
    kept = published.filter(f"reason IS NULL OR NOT {UNFINISHED}").join(texts, on=_KEY, how="left_semi")
    known = kept.filter(F.col("analyser") == analyser.version)
    judged = analyser.analyse(texts.join(known, on=_KEY, how="left_anti"), max_units)
    return kept.select(*TEXT_ANALYSES.names).unionByName(judged.select(*TEXT_ANALYSES.names))
