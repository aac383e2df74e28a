"""Where influential authors have been, or what they write about."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.social.influencer_places import INFLUENCER_PLACES
from schemas.social.influencers import INFLUENCERS
from schemas.social.tweet_places import TWEET_PLACES
from transforms.social.influencer_places import influencer_places

JOB = Job(reads=[INFLUENCERS, TWEET_PLACES], build=influencer_places, writes=INFLUENCER_PLACES)

if __name__ == "__main__":
    run(JOB)
