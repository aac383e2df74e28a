"""Carts per day and outcome, counted per line, per session and per user."""

from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.vocabulary import CART_STATUSES
from transforms.dates import midnight, on_local_days
from transforms.ratios import ratio
from transforms.shop import position_in, session

VALUES = ("value_at_risk", "left_value", "abandoned_value", "winnable_value", "recovered_value")


def cart_abandonment(
    abandoned_carts: DataFrame,
    clean_events: DataFrame,
    *,
    as_of: datetime,
    time_zone: str,
    abandon_after_hours: int,
    recovery_days: int,
) -> DataFrame:
    """*Grain:* one row per (day, grain) with carts. *Nulls:* measures that are not defined for sessions."""
    counted = _lines(abandoned_carts).unionByName(_users(abandoned_carts))
    counted = counted.unionByName(
        _sessions(on_local_days(clean_events, as_of=as_of, time_zone=time_zone)), allowMissingColumns=True
    )
    recovered = F.coalesce("recovered", F.lit(0))
    decided = F.col("purchased") + recovered + F.col("abandoned")
    settled_at = midnight(F.date_add("day", 1), time_zone) + F.lit(
        timedelta(hours=abandon_after_hours, days=recovery_days)
    )
    return (
        counted.withColumn("abandonment_rate_final", ratio(F.col("abandoned"), decided))
        .withColumn("abandonment_rate_initial", ratio(F.col("abandoned") + recovered, decided))
        .withColumn("recovery_rate", ratio(F.col("recovered"), F.col("recovered") + F.col("abandoned")))
        .withColumn("final", F.lit(as_of) >= settled_at)
        .withColumn("time_zone", F.lit(time_zone))
        .select(*CART_ABANDONMENT.names)
    )


def _lines(abandoned_carts: DataFrame) -> DataFrame:
    return abandoned_carts.groupBy("day", F.lit("line").alias("grain")).agg(*_by_status(), *_values())


def _users(abandoned_carts: DataFrame) -> DataFrame:
    """Each visitor of a day once, with the status of the visitor's lines of that day that is first in CART_STATUSES."""
    first = F.min(F.struct(position_in(CART_STATUSES, F.col("status")), "status"))
    users = abandoned_carts.groupBy("day", "user_id").agg(first.alias("first"), *_values())
    named = users.withColumn("status", F.col("first.status"))
    sums = (F.sum(name).cast("decimal(38,2)").alias(name) for name in VALUES)
    return named.groupBy("day", F.lit("user").alias("grain")).agg(*_by_status(), *sums)


def _sessions(events: DataFrame) -> DataFrame:
    """Sessions with a cart event. At one instant a removal or purchase follows an add, so comparing times is enough."""

    def last(*kinds: str) -> Column:
        return F.max(F.when(F.col("event_type").isin(*kinds), F.col("event_time")))

    cart_events = events.filter(F.col("event_type") != "view")
    products = cart_events.groupBy("day", session().alias("session"), "product_id").agg(
        last("cart").alias("added"),
        last("purchase").alias("bought"),
        last("purchase", "remove_from_cart").alias("settled"),
    )
    is_left = F.col("settled").isNull() | (F.col("settled") < F.col("added"))
    is_bought = F.coalesce(F.col("bought") >= F.col("added"), F.lit(False))
    carts = (
        products.filter("added IS NOT NULL")
        .groupBy("day", "session")
        .agg(F.max(is_left).alias("is_left"), F.max(is_bought).alias("is_bought"))
    )
    status = F.when(F.col("is_left"), "abandoned").when(F.col("is_bought"), "purchased").otherwise("removed")
    return (
        carts.withColumn("status", status)
        .groupBy("day", F.lit("session").alias("grain"))
        .agg(*_by_status("purchased", "removed", "abandoned"))
    )


def _by_status(*statuses: str) -> list[Column]:
    return [
        F.count("*").alias("carts"),
        *(F.count(F.when(F.col("status") == status, 1)).alias(status) for status in statuses or CART_STATUSES),
    ]


def _values() -> list[Column]:
    """Sums over cart lines, named by VALUES."""
    status, risk = F.col("status"), F.col("value_at_risk")
    is_abandoned = status == "abandoned"
    values = (
        risk,
        F.when(is_abandoned | (status == "recovered"), risk),
        F.when(is_abandoned, risk),
        F.when(is_abandoned & F.col("closed_at").isNull(), risk),
        F.when(status == "recovered", F.col("purchase_price")),
    )
    return [
        F.coalesce(F.sum(value), F.lit(0)).cast("decimal(38,2)").alias(name)
        for name, value in zip(VALUES, values, strict=True)
    ]
