"""Arrow tables of panes, and how keys are found in them."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import ACTOR_KEYS
from transforms.detection.listing import Listing
from transforms.detection.panes import (
    INSTANT_BITS,
    MAX_TIMES,
    MAX_VISITORS,
    MICROSECONDS,
    Lists,
    Panes,
    cumulative,
    places,
)
from transforms.detection.rules import DAY_S, PANE_S, Key, Listed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from transforms.detection.panes import IntArray

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
    found = key_panes(panes, kind)
    days = dict[int, dict[str, int]]()
    places = zip(found.numbers.tolist(), found.starts.tolist(), found.events.tolist(), strict=True)
    for number, start, events in places:
        day, key = days.setdefault(start // DAY_S, {}), found.keys[number].value
        day[key] = day.get(key, 0) + events
    return days


def key_panes(panes: "pa.Table", kind: str, most_products: int = 0, names: Mapping[int, str] | None = None) -> Panes:
    """The panes of each key of a kind, one for each start: the same, however its events were divided.

    Keys are found by key_hash and have these `names`; without any, by key.
    """
    import numpy as np

    codes = panes["key" if names is None else "key_hash"].combine_chunks().dictionary_encode()
    values = codes.dictionary.to_pylist()
    at = places(codes.indices.to_numpy().astype(np.int64), panes["pane"].to_numpy().astype(np.int64))
    order = at.argsort(kind="stable")
    is_first = np.diff(at[order], prepend=-1) != 0
    first, rows = np.flatnonzero(is_first), is_first.cumsum() - 1
    place = at[order][first]
    starts = place & ((1 << INSTANT_BITS) - 1)
    lists = {name: _elements(panes, name, order, rows) for name in _LISTS}
    return Panes(
        [Key(kind, value if names is None else names[value]) for value in values],
        place >> INSTANT_BITS,
        starts,
        {name: _sums(panes[name].to_numpy()[order], first) for name in EVENT_TYPES},
        _earliest(*lists["times"], starts),
        _smallest(*lists["products"], most_products, len(first)),
        _smallest(*lists["visitors"], MAX_VISITORS, len(first)),
    )


def _sums(values: "NDArray[np.int32]", first: "IntArray") -> "IntArray":
    """The sums of the values from each of these places up to the next."""
    import numpy as np

    return np.add.reduceat(values, first, dtype=np.int64) if len(first) else first


def _elements(panes: "pa.Table", name: str, order: "IntArray", rows: "IntArray") -> tuple["IntArray", "IntArray"]:
    """The elements of a column of lists, with the row that the list of each becomes part of."""
    import numpy as np
    import pyarrow.compute as pc

    if name not in panes.column_names:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    lists = panes[name].combine_chunks().take(order)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    return lists.flatten().to_numpy(), np.repeat(rows, lengths)


def _earliest(times: "IntArray", rows: "IntArray", starts: "IntArray") -> Lists:
    """The first MAX_TIMES of the times of each row."""
    # The row and the microseconds since its start as one integer: sorted at once.
    bits = (PANE_S * MICROSECONDS).bit_length()
    ordered = rows << bits | (times - starts[rows] * MICROSECONDS)
    ordered.sort()
    rows = ordered >> bits
    return first_of_each((ordered & ((1 << bits) - 1)) + starts[rows] * MICROSECONDS, rows, MAX_TIMES, len(starts))


def _smallest(ids: "IntArray", rows: "IntArray", most: int, number: int) -> Lists:
    """The ids of each of so many rows; where there are more than `most`, the smallest, each once."""
    import numpy as np

    if np.bincount(rows, minlength=1).max() > most:
        order = np.lexsort((ids, rows))
        ids, rows = ids[order], rows[order]
        is_new = (np.diff(rows, prepend=-1) != 0) | (np.diff(ids, prepend=-1) != 0)
        ids, rows = ids[is_new], rows[is_new]
    return first_of_each(ids, rows, most, number)


def first_of_each(values: "IntArray", rows: "IntArray", most: int, number: int) -> Lists:
    """The values of each of `number` rows, which are in order, as a list: the first `most` of them."""
    import numpy as np

    lengths = np.bincount(rows, minlength=number)
    place = np.arange(len(values)) - np.repeat(lengths.cumsum() - lengths, lengths)
    return Lists(values[place < most], cumulative(np.minimum(lengths, most)))
