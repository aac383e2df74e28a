"""The newest state of each tweet that was not deleted."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.social.clean_tweets import CLEAN_TWEETS
from schemas.social.tweets import TWEETS
from transforms.social.tweets import tweets

JOB = Job(reads=[CLEAN_TWEETS], build=tweets, writes=TWEETS)

if __name__ == "__main__":
    run(JOB)
