"""Mail those who come most often, by a template, each once for each time that the table is made."""

from typing import Any

from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.incremental.mart import made_of
from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import Post
from jobs.runtime.notify.rendering import of_file, of_weir
from jobs.runtime.parameters import DRY_RUN, location, number_between, words
from jobs.runtime.run import run
from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.top_visitors import TOP_VISITORS


def notify_users(
    lake: Lake, ledger: Ledger, *, first: int, users: list[str], template: str | None, dry_run: bool
) -> str:
    """Who has no address is told of, by number; so is what could not be sent, and the next time it is tried again."""
    post = Post.of(ledger.parameters)
    post.check()
    if (main := lake.main(TOP_VISITORS)) is None:
        raise BadInput(f"there is no {TOP_VISITORS.name} in {ledger.parameters['lake']}; run accounts.daily first")
    visitors = _visitors(lake, main)
    if unknown := sorted(set(users) - {visitor["user_id"] for visitor in visitors}):
        raise BadInput(
            f"there is no visitor {unknown[0]} among the {len(visitors):,} of {TOP_VISITORS.name}; its option --top makes it longer"
        )
    asked = [visitor for visitor in visitors if (visitor["user_id"] in users if users else visitor["rank"] <= first)]
    # Of several visitors with one address the first one is told.
    told = {visitor["email"].lower(): visitor for visitor in reversed(asked) if visitor["email"]}
    notices = {
        one["email"]: of_file(template, one) if template else of_weir("top_visitor", one)
        for one in reversed(told.values())
    }
    about = f"{TOP_VISITORS.name} as of {made_of(lake, TOP_VISITORS, main).get('moving', {}).get('as_of')} by {(template or 'top_visitor').rpartition('/')[2]}"
    beside = f"{sum(not visitor['email'] for visitor in asked):,} without an address"
    if dry_run:
        return f"{len(outbox.waiting(about, notices, ledger)):,} would be sent, {beside}: --dry_run"
    return f"{outbox.told(outbox.send_once(post, about, notices, ledger))}; {beside}"


def _visitors(lake: Lake, main: int) -> list[dict[str, Any]]:
    """What a template can tell of each: the columns of the table, and the `name` of the newest account, where one is known. *Grain:* visitor."""
    accounts = lake.published(CLEAN_ACCOUNTS).groupBy(F.col("customer_id").alias("user_id"))
    names = accounts.agg(F.max(F.struct("account_opened_on", "name")).getField("name").alias("name"))
    visitors = lake.frame(TOP_VISITORS, main).join(names, "user_id", "left")  # names: one row per customer
    return [row.asDict() for row in visitors.orderBy("rank").collect()]


JOB = MaintenanceJob(
    "accounts.notify_users",
    notify_users,
    [
        Parameter("first", number_between(1, 1_000_000), 1, "tell so many of those with the most visits"),
        Parameter("users", words, [], "tell these visitors instead, by user_id, with commas between them"),
        Parameter(
            "template",
            location,
            None,
            "text file, its first line the subject, with Jinja2; HTML beside it, as .html. It knows the columns, and name",
        ),
        DRY_RUN,
    ],
)

if __name__ == "__main__":
    run(JOB)
