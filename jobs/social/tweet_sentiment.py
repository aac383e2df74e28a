"""How the author of each tweet feels."""

from jobs.runtime.analysis.analysers import ANALYSER
from jobs.runtime.job import ExportLayout, Job
from jobs.runtime.run import run
from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweet_sentiment import TWEET_SENTIMENT
from schemas.social.tweets import TWEETS
from transforms.social.tweet_sentiment import tweet_sentiment

READS = [TWEETS, TEXT_ANALYSES]
SHORT = {"positive": "pos", "negative": "neg", "neutral": "neu", "mixed": "mixed"}
NAMES = {
    "tweet_id": "tweetid",
    "text": "text",
    "original_text": "originaltext",
    "lang": "lang",
    "sentiment": "sentiment",
    **{name: f"sentiment{short}score" for name, short in SHORT.items()},
    "analyser": "analyser",
    "analysed_at": "analysed_at",
}
EXPORTS = ExportLayout(NAMES, "sentiment", "dt")
JOB = Job(READS, tweet_sentiment, TWEET_SENTIMENT, parameters=[ANALYSER], exports=EXPORTS)

if __name__ == "__main__":
    run(JOB)
