"""Rejected posts, complete, with the reasons."""

from schemas.social.vocabulary import POST_PROBLEMS
from schemas.table import rejected

REJECTED_POSTS = rejected("social.rejected_posts", *POST_PROBLEMS, pii=True)
