"""How people feel about travel, places and brands, per day."""

from jobs.runtime.job import Job, Parameter
from jobs.runtime.parameters import AS_OF, comma_separated
from jobs.runtime.run import run
from jobs.social.influencers import TOPIC
from jobs.social.interactions import LOCAL_ZONE
from schemas.social.net_sentiment import NET_SENTIMENT
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweet_sentiment import TWEET_SENTIMENT
from schemas.social.tweets import TWEETS
from transforms.social.net_sentiment import net_sentiment

READS = [TWEETS, TWEET_PLACES, TWEET_SENTIMENT]
BRANDS = Parameter("brands", comma_separated, [], "brands to compute sentiment for: the beginnings of their names")
OPTIONS = [AS_OF, LOCAL_ZONE, TOPIC, BRANDS]
JOB = Job(READS, net_sentiment, NET_SENTIMENT, parameters=OPTIONS)

if __name__ == "__main__":
    run(JOB)
