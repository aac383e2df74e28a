"""How often each place is mentioned per day, compared with the weeks before."""

from datetime import date, datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.social.place_trends import PLACE_TRENDS
from transforms.dates import local_date
from transforms.ratios import rounded
from transforms.values import evaluate_once

DAYS, MIN_DAYS = 28, 4
RISING, MIN_TWEETS, MIN_AUTHORS = 4, 5, 3


def place_trends(tweet_places: DataFrame, *, as_of: datetime, time_zone: str, first_day: date | None) -> DataFrame:
    """The tweets per local day and place before `as_of`, and how unusual their number is.

    *Grain:* one row per day and place with a tweet. *Nulls:* z is NULL on the first days.
    """
    day = local_date(F.col("created_at"), time_zone)
    counted = (
        tweet_places.filter(F.col("created_at") < F.lit(as_of))
        .groupBy(day.alias("day"), "place_id", "place", "country")
        .agg(F.count_distinct("tweet_id").alias("tweets"), F.count_distinct("author_id").alias("authors"))
    )
    number = F.datediff("day", F.lit(date(2000, 1, 1)))
    by_day = Window.partitionBy("place_id").orderBy("number")  # total: one row per place and day
    before = F.collect_list("tweets").over(by_day.rangeBetween(-DAYS, -1))
    days = F.least(F.lit(DAYS), F.datediff("day", F.lit(first_day)))
    # Days without a tweet have no row.
    history = F.concat(before, F.array_repeat(F.lit(0).cast("long"), days - F.size(before)))
    compared = counted.withColumn("number", number).withColumn("history", F.when(days >= MIN_DAYS, history))
    usual = compared.withColumn("usual", _median("history"))
    spread = usual.withColumn("deviations", F.transform("history", lambda one: F.abs(one - F.col("usual"))))
    deviation = _median("deviations")
    divisor = F.when(deviation > 0, deviation).otherwise(F.greatest(F.lit(1.0), 0.05 * F.col("usual")))
    z = rounded(0.6745 * (F.col("tweets") - F.col("usual")) / divisor)
    is_rising = (F.col("z") >= RISING) & (F.col("tweets") >= MIN_TWEETS) & (F.col("authors") >= MIN_AUTHORS)
    return (
        spread.withColumn("z", z)
        .withColumn("is_rising", F.when(F.col("z").isNotNull(), is_rising))
        .withColumn("time_zone", F.lit(time_zone))
        .select(*PLACE_TRENDS.names)
    )


def _median(name: str) -> Column:
    """The median of an array, exactly. *Nulls:* NULL for NULL."""

    def middle(ordered: Column) -> Column:
        last = F.size(ordered) - 1
        low, high = F.floor(last / 2).cast("int"), F.ceil(last / 2).cast("int")
        return (F.get(ordered, low) + F.get(ordered, high)) / F.lit(2.0)

    return F.when(F.col(name).isNotNull(), evaluate_once(F.sort_array(name), middle))
