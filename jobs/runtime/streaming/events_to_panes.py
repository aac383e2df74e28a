"""Sums of keyed events in panes."""

from typing import TYPE_CHECKING, Any

from jobs.runtime.streaming.arrow_panes import first_of_each
from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import ACTOR_KEYS, CATEGORY_KEY, KEY_KINDS, PERSON_KEY
from transforms.detection.panes import EVERYTHING, MAX_TIMES, MAX_VISITORS, MICROSECONDS
from transforms.detection.rules import PANE_S, RuleSet

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_NONE = -1  # ids are not negative


def panes(events: "pa.Table", rules: RuleSet) -> dict[str, "pa.Table"]:
    """The sums of keyed events for these rules, by kind of key.

    *Grain:* one row per key and pane, in the order of key_hash: key_hash, key, pane, the event types, times, products,
    visitors. *Nulls:* a NULL key has no row.

    They are summed here and not by Spark: within the seconds of a batch, few shoppers send a second event, so that
    panes of all kinds are more rows than events are.
    """
    import pyarrow as pa

    if not events.num_rows:
        return {}
    everything = pa.array([0] * events.num_rows), pa.array([EVERYTHING.value] * events.num_rows)
    keyed = events.append_column(f"{EVERYTHING.kind}_hash", everything[0]).append_column(EVERYTHING.kind, everything[1])
    found = dict[str, pa.Table]()
    for kind in (*KEY_KINDS, EVERYTHING.kind):
        of_kind = keyed.filter(keyed[kind].is_valid())
        if of_kind.num_rows and (rules.of_kind(kind) or kind in (CATEGORY_KEY, EVERYTHING.kind)):
            found[kind] = _panes(of_kind, kind, rules)
    return found


def _panes(events: "pa.Table", kind: str, rules: RuleSet) -> "pa.Table":
    """The panes of one kind of key."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    hashes, times = events[f"{kind}_hash"].to_numpy(), events["time"].to_numpy()
    starts = times // MICROSECONDS // PANE_S * PANE_S
    has_gaps, most = any(rule.has_gaps for rule in rules.of_kind(kind)), rules.most_products(kind)
    order = np.lexsort((times, starts, hashes) if has_gaps else (starts, hashes))
    is_first = (np.diff(hashes[order], prepend=0) != 0) | (np.diff(starts[order], prepend=0) != 0)
    is_first[0] = True
    first = np.flatnonzero(is_first)
    columns: dict[str, Any] = {
        "key_hash": hashes[order][first],
        "key": pc.cast(events[kind].take(order[first]), pa.string()),
        "pane": starts[order][first].astype(np.uint32),
    }
    for name in EVENT_TYPES:
        is_of_type = pc.equal(events["event_type"], name).to_numpy()
        columns[name] = np.add.reduceat(is_of_type[order], first, dtype=np.int32)
    if has_gaps:
        columns["times"] = _lists(times[order], is_first.cumsum() - 1, MAX_TIMES, len(first))
    if most:
        columns["products"] = _distinct(events["product_id"], (starts, hashes), is_first, most)
    if kind in ACTOR_KEYS and kind != PERSON_KEY:
        columns["visitors"] = _distinct(events[PERSON_KEY], (starts, hashes), is_first, MAX_VISITORS)
    return pa.table(columns)


def _distinct(ids: "pa.ChunkedArray", places: tuple[Any, Any], is_first: "NDArray[np.bool_]", most: int) -> Any:
    """The ids of each place, each once, as a list: the `most` smallest. *Nulls:* NULL is none."""
    import numpy as np
    import pyarrow.compute as pc

    values = pc.fill_null(ids, _NONE).to_numpy()
    values = values[np.lexsort((values, *places))]
    is_new = (is_first | (np.diff(values, prepend=0) != 0)) & (values != _NONE)
    return _lists(values[is_new], (is_first.cumsum() - 1)[is_new], most, is_first.sum())


def _lists(values: "NDArray[np.int64]", groups: "NDArray[np.int64]", most: int, number: int) -> "pa.ListArray":
    """See `first_of_each`."""
    import numpy as np
    import pyarrow as pa

    found = first_of_each(values, groups, most, number)
    return pa.ListArray.from_arrays(found.begins.astype(np.int32), found.values)
