"""Sums of events in panes of ten seconds, per key: what the rules are computed from."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY, KEY_KINDS
from transforms.detection.rules import PANE_S, Key, RuleSet

# The key of all events together.
EVERYTHING = Key("all", "")
# Of the events of a key in one pane, so many times are kept, the earliest: a burst has no more to tell.
MAX_TIMES = 64


@dataclass(frozen=True)
class Pane:
    """The events of one key in the pane that starts at `start`, in seconds since 1970.

    `counts` is the number of events by type, in the order of EVENT_TYPES. `times` are the earliest instants of events
    in microseconds since 1970, at most MAX_TIMES; `products` are the smallest product ids, at most as many as a rule
    asks for. Both are only filled for keys whose rules need them. A key may have several panes with the same start.
    """

    start: int
    counts: tuple[int, ...]
    times: tuple[int, ...] = ()
    products: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        return self.start + PANE_S

    @property
    def events(self) -> int:
        return sum(self.counts)


def panes(events: DataFrame, rules: RuleSet) -> DataFrame:
    """The sums of typed events (event_time, event_type, product_id and the columns of KEY_KINDS) for these rules.

    *Grain:* one row per kind of key, key and pane; `key_hash` is a hash of kind and key.
    *Nulls:* a NULL key has no row.
    """
    kinds = [kind for kind in KEY_KINDS if kind == CATEGORY_KEY or rules.of_kind(kind)]
    timed = [kind for kind in kinds if any(rule.has_gaps for rule in rules.of_kind(kind))]
    distinct = {kind: max((rule.min_distinct for rule in rules.of_kind(kind)), default=0) for kind in kinds}
    keys = [F.struct(F.lit(kind).alias("kind"), F.col(kind).cast("string").alias("key")) for kind in kinds]
    keys.append(F.struct(F.lit(EVERYTHING.kind).alias("kind"), F.lit(EVERYTHING.value).alias("key")))
    seconds = F.unix_seconds("event_time")
    keyed = events.select(
        F.inline(F.array(*keys)),
        (seconds - F.pmod(seconds, F.lit(PANE_S))).alias("pane"),
        F.unix_micros("event_time").alias("time"),
        "event_type",
        "product_id",
    ).filter(F.col("key").isNotNull())
    counts = [F.count_if(F.col("event_type") == name).cast("int").alias(name) for name in EVENT_TYPES]
    times = F.collect_list(F.when(F.col("kind").isin(*timed), F.col("time")))
    products = F.collect_set(
        F.when(F.col("kind").isin(*(k for k, most in distinct.items() if most)), F.col("product_id"))
    )
    return keyed.groupBy("kind", "key", "pane").agg(
        F.xxhash64("kind", "key").alias("key_hash"),
        *counts,
        _smallest(times, F.lit(MAX_TIMES)).alias("times"),
        _smallest(products, F.lit(max(distinct.values(), default=0))).alias("products"),
    )


def _smallest(values: Column, most: Column) -> Column:
    """At most so many values of an array, the smallest: unlike any others, these do not depend on the order."""
    return F.slice(F.sort_array(values), F.lit(1), most)
