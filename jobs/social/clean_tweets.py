"""Ingest new files of tweets and deletions: one form for all versions, remove duplicates, reject invalid rows."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.social.clean_tweets import CLEAN_TWEETS
from schemas.social.raw_tweets import RAW_TWEETS
from schemas.social.rejected_tweets import REJECTED_TWEETS
from transforms.social.clean_tweets import clean_tweets

JOB = Job(reads=[RAW_TWEETS], build=clean_tweets, writes=CLEAN_TWEETS, rejects=REJECTED_TWEETS)

if __name__ == "__main__":
    run(JOB)
