"""Hashtags, mentions, places and other names in tweets."""

from jobs.runtime.analysis.analysers import ANALYSER
from jobs.runtime.job import ExportLayout, Job
from jobs.runtime.run import run
from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweet_entities import TWEET_ENTITIES
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from transforms.social.tweet_entities import tweet_entities

READS = [TWEETS, TWEET_PLACES, TEXT_ANALYSES]
NAMES = {name: name for name in ("entity", "type", "score", "begin_offset", "end_offset")}
EXPORTS = ExportLayout({"tweet_id": "tweetid", **NAMES}, "entities", "dt")
JOB = Job(reads=READS, build=tweet_entities, writes=TWEET_ENTITIES, parameters=[ANALYSER], exports=EXPORTS)

if __name__ == "__main__":
    run(JOB)
