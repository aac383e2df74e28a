"""Fetch the posts of a Facebook page from the Graph API into raw files, from the newest post of the last run on."""

from datetime import UTC, datetime

from jobs.runtime.fetch.graph_posts import API, is_rate_limit, post_pages
from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.raw_pages import RawFolder
from jobs.runtime.fetch.tokens import bearer_token
from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import A_SPAN, location, number_between
from jobs.runtime.run import run


def fetch_facebook_posts(
    page: str,
    output: str,
    max_requests: int,
    token_secret: str | None,
    api: str,
    retention_days: int | None,
    dry_run: bool,
) -> str:
    """Write the posts and return what was done. The access token is in WEIR_FACEBOOK_TOKEN or in the secret."""
    # Cursors expire, and hold the token: an interrupted run goes on by time and leaves out the posts that it has.
    folder = RawFolder(output, "posts", page, keeps_cursor=False, retention_days=retention_days)
    if dry_run:
        return folder.describe(datetime.now(UTC))
    token = bearer_token("WEIR_FACEBOOK_TOKEN", token_secret)
    client = HttpClient(token, max_requests, is_rate_limit=is_rate_limit)
    return folder.fetch(post_pages(client, page, api), datetime.now(UTC))


JOB = Command(
    "social.fetch_facebook_posts",
    fetch_facebook_posts,
    (
        Parameter("page", str, help="id or name of the page", is_required=True),
        Parameter("output", location, help="folder to write to; the state is kept in it", is_required=True),
        Parameter("max_requests", number_between(1, 100_000), 100, "requests after which the run ends, to go on later"),
        Parameter(
            "token_secret", str, None, "secret in AWS Secrets Manager with the token; default: WEIR_FACEBOOK_TOKEN"
        ),
        Parameter("api", str, API, "address and version of the API"),
        Parameter(
            "retention_days", A_SPAN, None, "remove raw files that are older than so many days; default: keep all"
        ),
        Parameter("dry_run", bool, False, "print what would be asked for and removed, without a request"),
    ),
)

if __name__ == "__main__":
    run(JOB)
