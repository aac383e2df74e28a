"""What became of each product that a visitor laid into the cart.

A cart line begins with an add and ends with the first removal or purchase, or when nothing happened to it for too long.
Between two adds of a line nothing can end it: so what follows each add tells all.
"""

from datetime import date, datetime, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from transforms.dates import local_date, midnight
from transforms.ratios import rounded
from transforms.shop import in_order, session


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
    """*Grain:* one row per cart line. *Ties:* at one instant an add comes before a removal, a removal before a purchase.

    With `since`, the first local day that changed, lines that were over before it are kept as `published`; the events are
    read from where the oldest of the others began, see `begun`.
    """
    patience = timedelta(hours=abandon_after_hours)
    lifetime = patience + timedelta(days=recovery_days)
    events, over = clean_events.filter(F.col("event_time") < F.lit(as_of)), published.limit(0)
    if since:
        start, is_alive = midnight(F.lit(since), time_zone), _is_alive(since, time_zone, lifetime)
        events = _from_there_on(events, published.filter(is_alive), start)
        over = published.filter((F.col("first_cart_at") < start) & ~is_alive)
    lines = (
        _adds(events, as_of, patience, lifetime)
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
    return _described(lines, as_of, time_zone).select(*ABANDONED_CARTS.names).unionByName(over)


def begun(
    published: DataFrame, *, since: date, time_zone: str, abandon_after_hours: int, recovery_days: int, **_: object
) -> DataFrame:
    """When the oldest line began that what happens from the local day `since` on may change. *Grain:* one row."""
    lifetime = timedelta(hours=abandon_after_hours, days=recovery_days)
    return published.filter(_is_alive(since, time_zone, lifetime)).agg(F.min("first_cart_at"))


def _is_alive(since: date, time_zone: str, lifetime: timedelta) -> Column:
    """Whether a line began before the local day and was not over then."""
    start = midnight(F.lit(since), time_zone)
    lived_until = F.coalesce("closed_at", F.col("last_cart_at") + F.lit(lifetime))
    # Its last add is no further back than it lives: that spares the reading of older months.
    return (
        (F.col("first_cart_at") < start)
        & (lived_until >= start)
        & (F.col("day") >= F.lit(since - lifetime - timedelta(days=2)))
    )


def _from_there_on(events: DataFrame, alive: DataFrame, start: Column) -> DataFrame:
    """Of each visitor and product the events since their oldest line that is alive began, of all others those since `start`."""
    oldest = alive.groupBy("user_id", "product_id").agg(F.min("first_cart_at").alias("begun"))
    begun_there = events.join(
        oldest, on=["user_id", "product_id"], how="left"
    )  # oldest: one row per visitor and product
    return begun_there.filter(F.col("event_time") >= F.least("begun", start)).drop("begun")


def _adds(events: DataFrame, as_of: datetime, patience: timedelta, lifetime: timedelta) -> DataFrame:
    """Every add with the number of its line, the removal or purchase that follows in time, and when it was given up."""
    happened = events.filter(F.col("event_type").isin("cart", "remove_from_cart", "purchase")).withColumn(
        "session", session()
    )
    in_line = Window.partitionBy("user_id", "product_id").orderBy(*in_order())  # total: in_order
    up_to_here = in_line.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_add, lives_until = F.col("event_type") == "cart", F.col("event_time") + F.lit(lifetime)
    lived_until = F.when(F.lag("event_type").over(in_line) == "cart", F.lag(lives_until).over(in_line))
    begins = is_add & (lived_until.isNull() | (F.col("event_time") > lived_until))
    following = F.lead(F.struct("event_type", "event_time", "session", "price")).over(in_line)
    numbered = happened.withColumns(
        {
            "number": F.row_number().over(in_line),
            "line": F.sum(begins.cast("long")).over(up_to_here),
            "following": following,
            "expires_at": lives_until,
            "impatient_at": F.col("event_time") + F.lit(patience),
        }
    )
    looked_at = F.coalesce("following.event_time", F.lit(as_of))
    is_ending = (F.col("following.event_type") != "cart") & (F.col("following.event_time") <= F.col("expires_at"))
    return (
        numbered.filter(is_add)
        .withColumn("ending", F.when(is_ending, F.col("following")))
        .withColumn("abandoned_at", F.when(looked_at > F.col("impatient_at"), F.col("impatient_at")))
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
