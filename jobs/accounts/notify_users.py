"""Notify the top visitors by mail, from a template, once per published version of the table."""

from typing import Any

from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.incremental.incremental_mart import read_consumed
from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import NoticeSender
from jobs.runtime.notify.rendering import render_builtin, render_file
from jobs.runtime.parameters import DRY_RUN, comma_separated, location, number_between
from jobs.runtime.run import run
from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.top_visitors import TOP_VISITORS


def notify_users(
    lake: Lake, ledger: Ledger, *, first: int, users: list[str], template: str | None, dry_run: bool
) -> str:
    """Mail the first visitors by rank, or those in `users`.

    Returns how many notices were sent, failed or had no address. Failed notices are sent again by the next run.
    """
    sender = NoticeSender.of(ledger.parameters)
    sender.check()
    if (main := lake.main(TOP_VISITORS)) is None:
        raise BadInput(f"there is no {TOP_VISITORS.name} in {ledger.parameters['lake']}; run accounts.daily first")
    visitors = _visitors(lake, main)
    if unknown := sorted(set(users) - {visitor["user_id"] for visitor in visitors}):
        raise BadInput(
            f"there is no visitor {unknown[0]} among the {len(visitors):,} of {TOP_VISITORS.name}; "
            "increase its option --top to include more visitors"
        )
    selected = [visitor for visitor in visitors if (visitor["user_id"] in users if users else visitor["rank"] <= first)]
    # Of several visitors with one address, only the highest-ranked is notified.
    by_address = {visitor["email"].lower(): visitor for visitor in reversed(selected) if visitor["email"]}
    notices = {
        visitor["email"]: render_file(template, visitor) if template else render_builtin("top_visitor", visitor)
        for visitor in reversed(by_address.values())
    }
    as_of = read_consumed(lake, TOP_VISITORS, main).get("moving", {}).get("as_of")
    about = f"{TOP_VISITORS.name} as of {as_of} by {(template or 'top_visitor').rpartition('/')[2]}"
    without_address = f"{sum(not visitor['email'] for visitor in selected):,} without an address"
    if dry_run:
        return f"{len(outbox.unsent(about, notices, ledger)):,} would be sent, {without_address}: --dry_run"
    return f"{outbox.summarize(outbox.send_once(sender, about, notices, ledger))}; {without_address}"


def _visitors(lake: Lake, main: int) -> list[dict[str, Any]]:
    """The values that a template can use: the columns of the table, and the `name` of the newest account if known.

    *Grain:* one row per visitor, in order of rank.
    """
    accounts = lake.published(CLEAN_ACCOUNTS).groupBy(F.col("customer_id").alias("user_id"))
    names = accounts.agg(F.max(F.struct("account_opened_on", "name")).getField("name").alias("name"))
    visitors = lake.frame(TOP_VISITORS, main).join(names, "user_id", "left")  # names: one row per customer
    return [row.asDict() for row in visitors.orderBy("rank").collect()]


JOB = MaintenanceJob(
    "accounts.notify_users",
    notify_users,
    [
        Parameter("first", number_between(1, 1_000_000), 1, "number of top visitors to notify"),
        Parameter("users", comma_separated, [], "notify these visitors instead, comma-separated user_ids"),
        Parameter(
            "template",
            location,
            None,
            "Jinja2 text template, its first line the subject, with optional HTML beside it as .html; "
            "variables: the columns of the table, and name",
        ),
        DRY_RUN,
    ],
)

if __name__ == "__main__":
    run(JOB)
