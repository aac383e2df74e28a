"""Sums of events in panes of ten seconds, per key: what the rules are computed from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.realtime.vocabulary import KEY_KINDS
from transforms.detection.rules import PANE_S, Key

# The key of all events together.
EVERYTHING = Key("all", "")
# Of the events of a key in one pane, so many times are kept, the earliest: a burst has no more to tell. Every cut keeps
# the smallest, so that it can be repeated when the parts of a pane are joined.
MAX_TIMES = 64
# Of the visitors of an address or session, so many are kept, those with the smallest ids: what has more is no person's.
MAX_VISITORS = 20
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Pane:
    """The events of one key in the pane that starts at `start`, in seconds since 1970.

    `counts` is the number of events by type, in the order of EVENT_TYPES. `times` are the earliest instants of events
    in microseconds since 1970, at most MAX_TIMES; `products` are the smallest product ids, at most as many as a rule
    asks for. Both are only filled for keys whose rules need them; `visitors` for addresses and sessions. A key may have
    several panes with the same start, which `joined` makes one.
    """

    start: int
    counts: tuple[int, ...]
    times: tuple[int, ...] = ()
    products: tuple[int, ...] = ()
    visitors: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        return self.start + PANE_S

    @property
    def events(self) -> int:
        return sum(self.counts)


def joined(panes: Iterable[Pane], most_products: int) -> list[Pane]:
    """The panes of one key by start, one for each: the same, however its events were divided."""
    by_start = dict[int, list[Pane]]()
    for pane in panes:
        by_start.setdefault(pane.start, []).append(pane)
    return [
        of_start[0] if len(of_start) == 1 else _join(of_start, most_products)
        for _, of_start in sorted(by_start.items())
    ]


def _join(panes: Sequence[Pane], most_products: int) -> Pane:
    return Pane(
        panes[0].start,
        tuple(map(sum, zip(*(pane.counts for pane in panes), strict=True))),
        tuple(sorted(time for pane in panes for time in pane.times)[:MAX_TIMES]),
        smallest((pane.products for pane in panes), most_products),
        smallest(pane.visitors for pane in panes),
    )


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
