"""Ingest new files of Facebook posts: convert to types and UTC, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.social.clean_posts import CLEAN_POSTS
from schemas.social.raw_posts import RAW_POSTS
from schemas.social.rejected_posts import REJECTED_POSTS
from transforms.social.clean_posts import clean_posts

JOB = Job(reads=[RAW_POSTS], build=clean_posts, writes=CLEAN_POSTS, rejects=REJECTED_POSTS)

if __name__ == "__main__":
    run(JOB)
