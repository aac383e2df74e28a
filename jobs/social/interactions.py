"""Who retweets, quotes, replies to and mentions whom."""

from dataclasses import replace

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.social.interactions import INTERACTIONS
from schemas.social.tweets import TWEETS
from transforms.social.interactions import interactions

LOCAL_ZONE = replace(TIME_ZONE, default="Europe/Zagreb")
OPTIONS = [AS_OF, LOCAL_ZONE]
JOB = Job([TWEETS], interactions, INTERACTIONS, parameters=OPTIONS, increment=DayByDay())

if __name__ == "__main__":
    run(JOB)
