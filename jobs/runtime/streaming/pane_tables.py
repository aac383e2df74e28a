"""Arrow tables of panes, and how keys are found in them."""

from collections.abc import Sequence
from functools import reduce
from itertools import repeat
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import ACTOR_KEYS
from transforms.detection.listing import Listing
from transforms.detection.panes import Pane
from transforms.detection.rules import DAY_S, Key, Listed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_LISTS = ("times", "products", "visitors")


class Part(NamedTuple):
    """Panes of one kind of key, ordered by key_hash. `newest` is the start of the last one.

    Actors have no key but its hash, and lists that are empty have no column: most of the memory is spent here.
    """

    table: "pa.Table"
    newest: int

    def column(self, name: str) -> "NDArray[Any]":
        column: NDArray[Any] = self.table[name].chunk(0).to_numpy()
        return column

    @property
    def hashes(self) -> "NDArray[np.int64]":
        return self.column("key_hash")

    @property
    def events(self) -> "NDArray[np.int32]":
        return reduce(add, (self.column(name) for name in EVENT_TYPES))


def ordered_part(panes: "pa.Table", kind: str) -> Part:
    import pyarrow.compute as pc

    lists = [name for name in _LISTS if name in panes.column_names and panes[name].null_count < panes.num_rows]
    keys = ["key_hash"] if kind in ACTOR_KEYS else ["key_hash", "key"]
    table = panes.select([*keys, "pane", *EVENT_TYPES, *lists]).combine_chunks()
    return Part(table, pc.max(table["pane"]).as_py())


def no_panes() -> "pa.Table":
    import pyarrow as pa

    types = {"key_hash": pa.int64(), "key": pa.string(), "pane": pa.uint32()}
    return pa.schema([*types.items(), *((name, pa.int32()) for name in EVENT_TYPES)]).empty_table()


def of_hashes(part: Part, hashes: "NDArray[np.int64]") -> "pa.Table":
    """The panes of the keys with these hashes, which are in order."""
    import numpy as np

    first, end = (np.searchsorted(part.hashes, hashes, side) for side in ("left", "right"))
    rows = np.repeat(end - (end - first).cumsum(), end - first) + np.arange((end - first).sum())
    return part.table.take(rows)


def distinct(ordered: "NDArray[np.int64]") -> "NDArray[np.int64]":
    import numpy as np

    is_new: NDArray[np.bool_] = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[is_new]


def listed_hashes(panes: "pa.Table", kind: str, listed: Sequence[Listed]) -> "NDArray[np.int64]":
    """The hashes of the keys on a list."""
    import numpy as np

    if not listed:
        return np.array([], np.int64)
    listing, keys = Listing(listed), zip(panes["key_hash"].to_pylist(), panes["key"].to_pylist(), strict=True)
    return np.unique(np.array([code for code, key in keys if listing.entries(Key(kind, key))], np.int64))


def keys_with(panes: "pa.Table", key: str, least: int) -> "pa.Array":
    """The keys with so many events."""
    import pyarrow.compute as pc

    events = panes.select([key]).append_column("events", reduce(pc.add, (panes[name] for name in EVENT_TYPES)))
    sums = events.group_by(key).aggregate([("events", "sum")])
    return sums.filter(pc.greater_equal(sums["events_sum"], least))[key].combine_chunks()


def daily_events(panes: "pa.Table", kind: str) -> dict[int, dict[str, int]]:
    """The number of events by day (days since 1970) and key, from panes of this kind of key."""
    days = dict[int, dict[str, int]]()
    for key, of_key in panes_by_key(panes, kind).items():
        for pane in of_key:
            day = days.setdefault(pane.start // DAY_S, {})
            day[key.value] = day.get(key.value, 0) + pane.events
    return days


def panes_by_key(panes: "pa.Table", kind: str) -> dict[Key, list[Pane]]:
    """The panes of each key of a kind, in the order of the table."""
    found = dict[Key, list[Pane]]()
    columns = [panes[name].to_pylist() for name in ("key", "pane", *EVENT_TYPES)]
    lists = [panes[name].to_pylist() if name in panes.column_names else repeat(()) for name in _LISTS]
    for key, start, *rest in zip(*columns, *lists, strict=False):
        counts, values = rest[: len(EVENT_TYPES)], rest[len(EVENT_TYPES) :]
        found.setdefault(Key(kind, key), []).append(Pane(start, tuple(counts), *(tuple(one or ()) for one in values)))
    return found
