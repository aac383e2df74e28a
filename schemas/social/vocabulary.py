"""Enumerations of the social domain, shared by transforms and suites."""

# What a delivered object is: a tweet, or a message that a tweet, or the places of an author's tweets, must be removed.
KINDS = ("tweet", "delete", "scrub_geo")
# Where the place of a tweet comes from: its text, or the position or place that its author attached.
PLACE_SOURCES = ("text", "geo")
INTERACTION_KINDS = ("retweet", "quote", "reply", "mention")
TWEET_PROBLEMS = ("control", "bad_tweet_id", "bad_author_id", "bad_text", "unparsable_time", "too_old", "future")
# Beginnings of Croatian and English words about travel, without diacritics.
TRAVEL = [
    *("putov", "putuj", "ljetov", "odmor", "plaz", "otok", "hotel", "apartman", "kamp", "turiz", "izlet"),
    *("travel", "trip", "holiday", "vacation", "beach", "island", "tour"),
]
POST_PROBLEMS = ("control", "bad_post_id", "unparsable_time", "too_old", "future")
# As Amazon Comprehend writes them, and UNSCORED for a text that nobody judged.
SENTIMENTS = ("POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED", "UNSCORED")
# Why a text is UNSCORED.
UNSCORED_REASONS = ("empty", "no_language", "language", "no_known_word", "unsure", "budget", "unavailable", "error")
SUBJECTS = ("all", "topic", "place", "brand")
