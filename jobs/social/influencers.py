"""How influential each author is, and why: PageRank, followers, reactions and topic."""

from jobs.runtime.job import Job, Parameter, TrailingWindow
from jobs.runtime.parameters import AS_OF, PERIOD_DAYS, comma_separated, country_codes, number_between
from jobs.runtime.run import run
from jobs.social.interactions import LOCAL_ZONE
from schemas.social.influencers import INFLUENCERS
from schemas.social.interactions import INTERACTIONS
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweets import TWEETS
from schemas.social.vocabulary import TRAVEL
from transforms.social.influencers import influencers

MIN_POSTS = Parameter("min_posts", number_between(1, 1_000_000), 5, "own posts in the period of a listed author")
COUNTRY = Parameter("country", country_codes, ["HR"], "listed authors' countries: ISO 3166-1 alpha-2; '' lists all")
TOPIC = Parameter("topic", comma_separated, TRAVEL, "beginnings of the words of the topic")
READS = [TWEETS, TWEET_PLACES, INTERACTIONS]
OPTIONS = [AS_OF, LOCAL_ZONE, PERIOD_DAYS, MIN_POSTS, COUNTRY, TOPIC]
JOB = Job(READS, influencers, INFLUENCERS, parameters=OPTIONS, increment=TrailingWindow())

if __name__ == "__main__":
    run(JOB)
