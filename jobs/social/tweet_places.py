"""Places that tweets are about or were posted at."""

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.run import run
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from transforms.social.tweet_places import tweet_places

JOB = Job(reads=[TWEETS], build=tweet_places, writes=TWEET_PLACES, increment=DayByDay())

if __name__ == "__main__":
    run(JOB)
