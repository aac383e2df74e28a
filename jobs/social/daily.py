"""Daily pipeline of the posts: ingest tweets and Facebook posts, find places, rank authors by influence."""

from jobs.runtime.job import Pipeline
from jobs.runtime.run import run
from jobs.social import (
    authors,
    clean_posts,
    clean_tweets,
    influencer_places,
    influencers,
    interactions,
    place_trends,
    tweet_places,
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
)
FILES = [clean_tweets.JOB.with_files("tweets*"), clean_posts.JOB.with_files("posts*")]
JOB = Pipeline("social.daily", [*FILES, *(member.JOB for member in MEMBERS)], board="social")

if __name__ == "__main__":
    run(JOB)
