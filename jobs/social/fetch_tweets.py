"""Fetch recent tweets of a search from the API of X into raw files, from the newest tweet of the last run on."""

from datetime import UTC, datetime

from jobs.runtime.fetch.http_client import HttpClient
from jobs.runtime.fetch.raw_pages import RawFolder
from jobs.runtime.fetch.tokens import bearer_token
from jobs.runtime.fetch.x_search import API, tweet_pages
from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import A_SPAN, location, number_between
from jobs.runtime.run import run


def fetch_tweets(
    query: str,
    output: str,
    max_requests: int,
    token_secret: str | None,
    api: str,
    retention_days: int | None,
    dry_run: bool,
) -> str:
    """Write the tweets and return what was done. The bearer token is in WEIR_X_TOKEN or in the secret."""
    folder = RawFolder(output, "tweets", query, retention_days=retention_days)
    if dry_run:
        return folder.describe(datetime.now(UTC))
    client = HttpClient(bearer_token("WEIR_X_TOKEN", token_secret), max_requests)
    return folder.fetch(tweet_pages(client, query, api), datetime.now(UTC))


JOB = Command(
    "social.fetch_tweets",
    fetch_tweets,
    (
        Parameter("query", str, help="search query of the API", is_required=True),
        Parameter("output", location, help="folder to write to; the state is kept in it", is_required=True),
        Parameter("max_requests", number_between(1, 100_000), 100, "requests after which the run ends, to go on later"),
        Parameter("token_secret", str, None, "secret in AWS Secrets Manager with the token; default: WEIR_X_TOKEN"),
        Parameter("api", str, API, "address of the API"),
        Parameter(
            "retention_days", A_SPAN, None, "remove raw files that are older than so many days; default: keep all"
        ),
        Parameter("dry_run", bool, False, "print what would be asked for and removed, without a request"),
    ),
)

if __name__ == "__main__":
    run(JOB)
