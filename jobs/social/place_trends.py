"""How often each place is mentioned per day, compared with the weeks before."""

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF
from jobs.runtime.run import run
from jobs.social.interactions import LOCAL_ZONE
from schemas.social.place_trends import PLACE_TRENDS
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from transforms.social.place_trends import DAYS, place_trends

JOB = Job(
    reads=[TWEET_PLACES],
    build=place_trends,
    writes=PLACE_TRENDS,
    parameters=[AS_OF, LOCAL_ZONE],
    increment=DayByDay(ahead=DAYS),
    events=TWEETS,
)

if __name__ == "__main__":
    run(JOB)
