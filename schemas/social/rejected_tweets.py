"""Rejected tweets and control messages without effect, complete, with the reasons."""

from schemas.social.vocabulary import TWEET_PROBLEMS
from schemas.table import rejected

REJECTED_TWEETS = rejected("social.rejected_tweets", *TWEET_PROBLEMS, pii=True)
