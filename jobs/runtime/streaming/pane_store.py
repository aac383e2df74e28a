"""The panes that open windows need, as Arrow tables: few keys of many come close to a limit."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from jobs.runtime.streaming.arrow_panes import (
    Part,
    distinct,
    key_panes,
    keys_with,
    listed_hashes,
    no_panes,
    of_hashes,
    ordered_part,
)
from jobs.runtime.streaming.key_sketch import KeySketch
from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import ACTOR_KEYS, CATEGORY_KEY
from transforms.detection.panes import EVERYTHING, Panes
from transforms.detection.rules import PANE_S, Listed, RuleSet

if TYPE_CHECKING:
    import pyarrow as pa

# Where there are too many keys, so many of the allowed ones stay: evicting costs as much as there are keys or panes.
KEPT_SHARE = 0.9


class PaneStore:
    """Panes as `events_to_panes.panes` returns them: by kind of key, in the order of key_hash.

    Each time they are added they are a part with a number, `added` for the last one. `evictions` has the numbers of the
    newest part and of the first that stayed, for each time that keys were evicted. Keys that were evicted have had no
    events since `evicted_until`.
    """

    def __init__(self) -> None:
        self.parts = dict[int, dict[str, Part]]()
        self.added = 0
        self.evictions = list[tuple[int, int]]()
        self.evicted_until = 0
        self._sketches = {kind: KeySketch() for kind in ACTOR_KEYS}
        self._most_actors = 0  # there are not more

    def add(self, panes: Mapping[str, "pa.Table"]) -> None:
        self._add(self.added + 1, {kind: ordered_part(table, kind) for kind, table in panes.items()})

    def restore(self, number: int, saved: "pa.Table") -> None:
        """Add what `part` returned; its number is higher than those before."""
        import pyarrow.compute as pc

        kinds = saved["kind"].unique().to_pylist()
        self._add(number, {kind: ordered_part(saved.filter(pc.equal(saved["kind"], kind)), kind) for kind in kinds})

    def _add(self, number: int, parts: dict[str, Part]) -> None:
        self.added, self.parts[number] = number, parts
        for kind, part in self._of_actors(number):
            self._sketches[kind].add(part.hashes, part.events, number)
            self._most_actors += part.table.num_rows

    def part(self, number: int) -> "pa.Table":
        """A part as one table, from which it can be restored."""
        import pyarrow as pa

        tables = [
            part.table.append_column("kind", pa.repeat(pa.scalar(kind), part.table.num_rows))
            for kind, part in self.parts[number].items()
        ]
        return pa.concat_tables(tables, promote_options="default")

    def drop_before(self, starts: Mapping[str, int]) -> None:
        """Drop the tables of a kind in which every pane starts before the `start` of the kind."""
        for number in list(self.parts):
            for kind, part in list(self.parts[number].items()):
                if part.newest < starts[kind]:
                    del self.parts[number][kind]
                    if kind in self._sketches:
                        self._sketches[kind].remove(part.hashes, part.events)
            if not self.parts[number]:
                del self.parts[number]
        oldest = min(self.parts, default=self.added + 1)
        self.evictions = [(newest, first) for newest, first in self.evictions if newest >= oldest]

    def evict(self, max_keys: int) -> int:
        """Evict the actors that were seen least recently, if there are more. Returns about how many were evicted."""
        if self._most_actors <= max_keys:
            return 0
        oldest = min(self.parts, default=self.added)
        of_kinds = (sketch.keys_since(oldest, self.added) for sketch in self._sketches.values())
        keys: list[float] = reduce(add, of_kinds).tolist()
        self._most_actors = round(keys[0])
        if keys[0] <= max_keys:
            return 0
        fitting = [number for number, more in enumerate(keys, oldest) if more <= max_keys * KEPT_SHARE]
        first = min(fitting, default=self.added)
        self.evict_before(first)
        self._most_actors = round(keys[first - oldest])
        return round(keys[0]) - self._most_actors

    def evict_before(self, first: int) -> None:
        """Evict the actors that were last seen before part `first`."""
        self.evictions.append((self.added, first))
        seen = (part.newest for number in self.parts if number < first for _, part in self._of_actors(number))
        self.evicted_until = max(self.evicted_until, *(start + PANE_S for start in seen), 0)
        for number in self.parts:
            for kind, part in list(self._of_actors(number)):
                kept = part.table.filter(self._sketches[kind].seen_since(part.hashes, first)).combine_chunks()
                if kept.num_rows:
                    self.parts[number][kind] = part._replace(table=kept)
                else:
                    del self.parts[number][kind]
        for sketch in self._sketches.values():
            sketch.forget_before(first)

    @property
    def end(self) -> int:
        """The end of the newest pane."""
        return max((part.newest + PANE_S for parts in self.parts.values() for part in parts.values()), default=0)

    def near_limit(self, touched: Mapping[str, "pa.Table"], rules: RuleSet) -> Iterator[Panes]:
        """The panes of the keys in `touched`, the newest part, that have enough events to breach a rule, by kind.

        Those of all such categories are included, and of all keys in `touched` that are on the deny list.
        """
        for kind in dict.fromkeys(kind for rule in rules.rules for kind in rule.keys):
            limits = [max(rule.limit, rule.min_distinct) for rule in rules.of_kind(kind) if not rule.deny]
            least = min(limits, default=None)
            if kind == CATEGORY_KEY and least is not None:
                yield key_panes(self._categories(least), kind, rules.most_products(kind))
            elif kind in touched:
                deny = [listed for rule in rules.of_kind(kind) for listed in rule.deny]
                panes, names = self._actors(kind, least, deny, touched[kind])
                yield key_panes(panes, kind, rules.most_products(kind), names)

    def _categories(self, least: int) -> "pa.Table":
        """The panes of the categories with so many events, one for each start."""
        import pyarrow.compute as pc

        places = self.of_kind(CATEGORY_KEY).group_by(["key", "pane"]).aggregate([(name, "sum") for name in EVENT_TYPES])
        panes = places.rename_columns([name.removesuffix("_sum") for name in places.column_names])
        return panes.filter(pc.is_in(panes["key"], keys_with(panes, "key", least)))

    def _actors(
        self, kind: str, least: int | None, deny: Sequence[Listed], touched: "pa.Table"
    ) -> tuple["pa.Table", dict[int, str]]:
        """The panes of the actors in `touched` that are near a limit or denied, and their names by key_hash."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes = distinct(self.parts[self.added][kind].hashes)
        near = hashes[self._sketches[kind].may_have(hashes, least)] if least else hashes[:0]
        denied = listed_hashes(touched, kind, deny)
        looked_up = np.union1d(near, denied)
        parts = [of_kinds[kind] for of_kinds in self.parts.values() if kind in of_kinds]
        panes = pa.concat_tables([of_hashes(part, looked_up) for part in parts], promote_options="default")
        wanted = (
            pa.concat_arrays([keys_with(panes, "key_hash", least), pa.array(denied)]) if least else pa.array(denied)
        )
        panes = panes.filter(pc.is_in(panes["key_hash"], wanted))
        named = touched.filter(pc.is_in(touched["key_hash"], wanted))
        return panes, dict(zip(named["key_hash"].to_pylist(), named["key"].to_pylist(), strict=True))

    def of_everything(self) -> dict[int, int]:
        """The number of all events by the start of their pane."""
        panes = key_panes(self.of_kind(EVERYTHING.kind), EVERYTHING.kind)
        return dict(zip(panes.starts.tolist(), panes.events.tolist(), strict=True))

    def of_kind(self, kind: str, since: int = 0, until: int | None = None) -> "pa.Table":
        """The panes of this kind of key that start in [since, until). Those of actors have no key."""
        import pyarrow as pa
        import pyarrow.compute as pc

        tables = [parts[kind].table for parts in self.parts.values() if kind in parts]
        panes = pa.concat_tables([no_panes(), *tables], promote_options="default")
        is_inside = pc.and_(pc.greater_equal(panes["pane"], since), pc.less(panes["pane"], until or self.end))
        return panes.filter(is_inside)

    def active_keys(self, kinds: Sequence[str], since: int, until: int, *, enough: int) -> int:
        """The number of keys of these kinds with a pane that starts in [since, until), up to `enough`."""
        import numpy as np

        found = np.array([], np.int64)
        for part in (parts[kind] for parts in reversed(self.parts.values()) for kind in kinds if kind in parts):
            starts = part.column("pane")
            found = np.union1d(found, distinct(part.hashes[(starts >= since) & (starts < until)])[:enough])
            if len(found) >= enough:
                return enough
        return len(found)

    def _of_actors(self, number: int) -> Iterator[tuple[str, Part]]:
        return ((kind, part) for kind, part in self.parts[number].items() if kind in self._sketches)
