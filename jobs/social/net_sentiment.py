"""How people feel about travel and about places, per day."""

from jobs.runtime.job import Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from jobs.social.influencers import TOPIC
from schemas.social.clean_tweets import CLEAN_TWEETS
from schemas.social.net_sentiment import NET_SENTIMENT
from schemas.social.tweet_places import TWEET_PLACES
from schemas.social.tweet_sentiment import TWEET_SENTIMENT
from schemas.social.tweets import TWEETS
from transforms.social.net_sentiment import net_sentiment

READS = [TWEETS, TWEET_PLACES, TWEET_SENTIMENT]
OPTIONS = [AS_OF, TIME_ZONE, TOPIC]
JOB = Job(READS, net_sentiment, NET_SENTIMENT, parameters=OPTIONS, events=CLEAN_TWEETS)

if __name__ == "__main__":
    run(JOB)
