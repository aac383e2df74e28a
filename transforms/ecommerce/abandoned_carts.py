"""The outcome of each product that a visitor added to the cart.

A cart line begins with an add. It ends with the first removal or purchase, or after too long without either.
Nothing can end a line between two of its adds, so the event that follows each add is enough to decide.
"""

from datetime import date, datetime, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from transforms.dates import local_date, midnight
from transforms.ratios import rounded
from transforms.shop import event_order, session


def abandoned_carts(
    clean_events: DataFrame,
    published: DataFrame,
    *,
    as_of: datetime,
    time_zone: str,
    abandon_after_hours: int,
    recovery_days: int,
    since: date | None,
) -> DataFrame:
    """Follow each cart line from its first add to its end.

    *Grain:* one row per cart line. *Ties:* at one instant, adds precede removals and removals precede purchases.

    `since` is the first local day that changed. Lines that ended before it are kept as `published`; events are read
    from the start of the oldest remaining line, see `oldest_open_line`.
    """
    abandon_after = timedelta(hours=abandon_after_hours)
    lifetime = abandon_after + timedelta(days=recovery_days)
    events, closed_lines = clean_events.filter(F.col("event_time") < F.lit(as_of)), published.limit(0)
    if since:
        start, is_open = midnight(F.lit(since), time_zone), _is_open(since, time_zone, lifetime)
        events = _events_of_open_lines(events, published.filter(is_open), start)
        closed_lines = published.filter((F.col("first_cart_at") < start) & ~is_open)
    lines = (
        _adds(events, as_of, abandon_after, lifetime)
        .groupBy("user_id", "product_id", "line")
        .agg(
            F.min(F.struct("number", "event_time", "session")).alias("first"),
            F.max(F.struct("number", "event_time", "category_code", "brand", "price", "ending", "expires_at")).alias(
                "last"
            ),
            F.count("*").alias("adds"),
            F.max("abandoned_at").alias("abandoned_at"),
        )
    )
    return _described(lines, as_of, time_zone).select(*ABANDONED_CARTS.names).unionByName(closed_lines)


def oldest_open_line(
    published: DataFrame, *, since: date, time_zone: str, abandon_after_hours: int, recovery_days: int, **_: object
) -> DataFrame:
    """The first add of the oldest line that events from the local day `since` on may change. *Grain:* one row."""
    lifetime = timedelta(hours=abandon_after_hours, days=recovery_days)
    return published.filter(_is_open(since, time_zone, lifetime)).agg(F.min("first_cart_at"))


def _is_open(since: date, time_zone: str, lifetime: timedelta) -> Column:
    """Whether a line began before the local day `since` and had not ended by then."""
    start = midnight(F.lit(since), time_zone)
    open_until = F.coalesce("closed_at", F.col("last_cart_at") + F.lit(lifetime))
    # The last add is at most `lifetime` ago; this bound on the partition column prunes older months.
    return (
        (F.col("first_cart_at") < start)
        & (open_until >= start)
        & (F.col("day") >= F.lit(since - lifetime - timedelta(days=2)))
    )


def _events_of_open_lines(events: DataFrame, open_lines: DataFrame, start: Column) -> DataFrame:
    """The events to process: since the start of the oldest open line of a visitor and product, else since `start`."""
    oldest = open_lines.groupBy("user_id", "product_id").agg(F.min("first_cart_at").alias("opened_at"))
    with_opening = events.join(
        oldest, on=["user_id", "product_id"], how="left"
    )  # oldest: one row per visitor and product
    return with_opening.filter(F.col("event_time") >= F.least("opened_at", start)).drop("opened_at")


def _adds(events: DataFrame, as_of: datetime, abandon_after: timedelta, lifetime: timedelta) -> DataFrame:
    """Each add with the number of its line, the removal or purchase that follows it, and when it became abandoned."""
    cart_events = events.filter(F.col("event_type").isin("cart", "remove_from_cart", "purchase")).withColumn(
        "session", session()
    )
    per_line = Window.partitionBy("user_id", "product_id").orderBy(*event_order())  # total: event_order
    running = per_line.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_add, expires_at = F.col("event_type") == "cart", F.col("event_time") + F.lit(lifetime)
    open_until = F.when(F.lag("event_type").over(per_line) == "cart", F.lag(expires_at).over(per_line))
    begins = is_add & (open_until.isNull() | (F.col("event_time") > open_until))
    following = F.lead(F.struct("event_type", "event_time", "session", "price")).over(per_line)
    numbered = cart_events.withColumns(
        {
            "number": F.row_number().over(per_line),
            "line": F.sum(begins.cast("long")).over(running),
            "following": following,
            "expires_at": expires_at,
            "due_at": F.col("event_time") + F.lit(abandon_after),
        }
    )
    checked_at = F.coalesce("following.event_time", F.lit(as_of))
    is_ending = (F.col("following.event_type") != "cart") & (F.col("following.event_time") <= F.col("expires_at"))
    return (
        numbered.filter(is_add)
        .withColumn("ending", F.when(is_ending, F.col("following")))
        .withColumn("abandoned_at", F.when(checked_at > F.col("due_at"), F.col("due_at")))
    )


def _described(lines: DataFrame, as_of: datetime, time_zone: str) -> DataFrame:
    first_cart_at, last_cart_at = F.col("first.event_time"), F.col("last.event_time")
    ending, expires_at = "last.ending", F.col("last.expires_at")
    closed_at = F.coalesce(f"{ending}.event_time", F.when(F.lit(as_of) > expires_at, expires_at))
    return lines.select(
        "user_id",
        "product_id",
        first_cart_at.alias("first_cart_at"),
        "last.category_code",
        "last.brand",
        last_cart_at.alias("last_cart_at"),
        "adds",
        _status(F.col(f"{ending}.event_type"), F.col("abandoned_at").isNotNull()).alias("status"),
        "abandoned_at",
        closed_at.alias("closed_at"),
        F.col("first.session").alias("first_session"),
        F.col(f"{ending}.session").alias("closing_session"),
        F.when(
            closed_at.isNotNull(), rounded((F.unix_micros(closed_at) - F.unix_micros(first_cart_at)) / 3_600_000_000)
        ).alias("hours_to_close"),
        F.col("last.price").alias("last_price"),
        F.col("last.price").alias("value_at_risk"),
        F.when(F.col(f"{ending}.event_type") == "purchase", F.col(f"{ending}.price")).alias("purchase_price"),
        local_date(last_cart_at, time_zone).alias("day"),
        F.lit(time_zone).alias("time_zone"),
    )


def _status(ended_by: Column, was_abandoned: Column) -> Column:
    return (
        F.when(ended_by == "purchase", F.when(was_abandoned, "recovered").otherwise("purchased"))
        .when(was_abandoned, "abandoned")
        .when(ended_by == "remove_from_cart", "removed")
        .otherwise("open")
    )
