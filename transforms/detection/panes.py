"""Sums of events in panes of ten seconds, per key: what the rules are computed from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.realtime.vocabulary import KEY_KINDS
from transforms.detection.rules import Key, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

# The key of all events together.
EVERYTHING = Key("all", "")
# Of the events of a key in one pane, so many times are kept, the earliest: a burst has no more to tell. Every cut keeps
# the smallest, so that it can be repeated when the parts of a pane are joined.
MAX_TIMES = 64
# Of the visitors of an address or session, so many are kept, those with the smallest ids: what has more is no person's.
MAX_VISITORS = 20
MICROSECONDS = 1_000_000
# The bits of an instant in seconds since 1970.
INSTANT_BITS = 32


class Lists(NamedTuple):
    """A list of integers for each row: the values of all, and where the list of each row begins in them."""

    values: "IntArray"
    begins: "IntArray"

    def of_rows(self, first: int, stop: int) -> Sequence[int]:
        """The values of the rows [first, stop)."""
        values: list[int] = self.values[self.begins[first] : self.begins[stop]].tolist()
        return values


@dataclass(frozen=True)
class Panes:
    """The events of keys of one kind in panes, as arrays.

    *Grain:* one row per key and pane, ordered by the number of the key, which is its place in `keys`, and by start.

    `starts` are in seconds since 1970, `counts` the number of events by type. `times` are the earliest instants of
    events in microseconds since 1970, at most MAX_TIMES; `products` are the smallest product ids, at most as many as a
    rule asks for, `visitors` the smallest ids of visitors. Lists are only filled for keys whose rules need them.
    Products and visitors are in no order, and may be there twice.
    """

    keys: Sequence[Key]
    numbers: "IntArray"
    starts: "IntArray"
    counts: Mapping[str, "IntArray"]
    times: Lists
    products: Lists
    visitors: Lists

    def rows(self, numbers: "IntArray", at: "IntArray") -> "IntArray":
        """The first row of each key that starts at an instant or later, or that after its last row."""
        return self._places.searchsorted(places(numbers, at))

    @cached_property
    def _places(self) -> "IntArray":
        return places(self.numbers, self.starts)

    @cached_property
    def events(self) -> "IntArray":
        """The number of events of each row."""
        return reduce(add, self.counts.values())


class Kept(NamedTuple):
    """Since when all panes of a kind of key are kept, and since when with times. Instants in seconds since 1970.

    Panes that no window needs are dropped, and evicted where there are too many. A rule that comes, or whose window
    becomes longer, while a stream runs would need them.
    """

    panes_since: int = 0
    times_since: int = 0

    def limited(self, panes_since: int, times_since: int = 0) -> "Kept":
        return Kept(max(self.panes_since, panes_since), max(self.times_since, times_since))

    def since(self, rule: Rule) -> int:
        """Windows that begin earlier may lack an event that would undo a breach of the rule."""
        if rule.is_immediate:
            return 0
        return max(self) if rule.has_gaps else self.panes_since


def places(numbers: "IntArray", at: "IntArray") -> "IntArray":
    """The number of a key and an instant as one integer."""
    return numbers << INSTANT_BITS | at


def cumulative(values: "NDArray[Any]") -> "IntArray":
    """The sum of the values before each, and of all."""
    return np.concatenate(([0], np.cumsum(values, dtype=np.int64)))


def smallest(ids: Iterable[Collection[int]], most: int = MAX_VISITORS) -> tuple[int, ...]:
    """Of all ids, the smallest, each once: at most so many, by default as many as of visitors are kept."""
    return tuple(sorted(set().union(*ids))[:most])


def keyed_events(events: DataFrame, *others: Column) -> DataFrame:
    """What panes are summed from: event_type, product_id and the keys of typed events, and `others`.

    *Grain:* one row per event. `time` is in microseconds since 1970, each key has a hash of its kind and value, and
    `id_hash` is that of event_id.
    *Nulls:* the hash of a NULL key or event_id is NULL.
    """
    hashes = [
        F.when(F.col(kind).isNotNull(), F.xxhash64(F.lit(kind), F.col(kind))).alias(f"{kind}_hash")
        for kind in KEY_KINDS
    ]
    time = F.unix_micros("event_time").alias("time")
    id_hash = F.when(F.col("event_id").isNotNull(), F.xxhash64("event_id")).alias("id_hash")
    return events.select(time, "event_type", "product_id", *KEY_KINDS, *hashes, id_hash, *others)
