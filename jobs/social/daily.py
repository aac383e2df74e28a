"""Daily pipeline of the posts: ingest tweets and Facebook posts, find places, rank authors, judge sentiment."""

from jobs.runtime.job import Pipeline
from jobs.runtime.run import run
from jobs.social import (
    authors,
    clean_posts,
    clean_tweets,
    influencer_places,
    influencers,
    interactions,
    net_sentiment,
    place_trends,
    text_analyses,
    tweet_entities,
    tweet_places,
    tweet_sentiment,
    tweets,
)

MEMBERS = (
    tweets,
    tweet_places,
    authors,
    interactions,
    influencers,
    influencer_places,
    place_trends,
    text_analyses,
    tweet_sentiment,
    tweet_entities,
    net_sentiment,
)
FILES = [clean_tweets.JOB.with_files("tweets*"), clean_posts.JOB.with_files("posts*")]
JOB = Pipeline("social.daily", [*FILES, *(member.JOB for member in MEMBERS)], board="social")

if __name__ == "__main__":
    run(JOB)
