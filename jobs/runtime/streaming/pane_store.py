"""The panes that open windows need, as Arrow tables: few keys of many come close to a limit."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY
from transforms.detection.panes import EVERYTHING, Pane
from transforms.detection.rules import DAY_S, PANE_S, Key, RuleSet

if TYPE_CHECKING:
    import pyarrow as pa


class PaneStore:
    """Panes as `transforms.detection.panes.panes` returns them, one numbered table for each time they were added."""

    def __init__(self, tables: Mapping[int, "pa.Table"] | None = None, added: int = 0) -> None:
        self.tables, self.added = dict(tables or {}), added

    def add(self, panes: "pa.Table") -> None:
        self.added += 1
        self.tables[self.added] = panes

    def drop_before(self, start: int) -> None:
        """Drop the tables in which every pane starts before `start`."""
        import pyarrow.compute as pc

        self.tables = {number: one for number, one in self.tables.items() if pc.max(one["pane"]).as_py() >= start}

    @property
    def end(self) -> int:
        """The end of the newest pane."""
        import pyarrow.compute as pc

        return max((pc.max(table["pane"]).as_py() + PANE_S for table in self.tables.values()), default=0)

    def near_limit(self, touched: "pa.Table", rules: RuleSet) -> dict[Key, list[Pane]]:
        """The panes of the keys in `touched` that have enough events to breach a rule, and of all such categories."""
        import pyarrow as pa
        import pyarrow.compute as pc

        panes = pa.concat_tables(self.tables.values())
        is_category = pc.equal(panes["kind"], CATEGORY_KEY)
        panes = panes.filter(pc.or_(is_category, pc.is_in(panes["key_hash"], touched["key_hash"].combine_chunks())))
        found = dict[Key, list[Pane]]()
        for kind in dict.fromkeys(kind for rule in rules.rules for kind in rule.keys):
            of_kind = panes.filter(pc.equal(panes["kind"], kind))
            found |= panes_by_key(of_kind.filter(pc.is_in(of_kind["key_hash"], _near_limit(of_kind, kind, rules))))
        return found

    def of_everything(self) -> list[Pane]:
        """The panes of all events together, by start."""
        found = panes_by_key(self.of_kinds([EVERYTHING.kind], 0, self.end))
        return sorted(found.get(EVERYTHING, []), key=lambda pane: pane.start)

    def of_kinds(self, kinds: Sequence[str], since: int, until: int) -> "pa.Table":
        """The panes of these kinds of key that start in [since, until)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        panes = pa.concat_tables(self.tables.values())
        is_inside = pc.and_(pc.greater_equal(panes["pane"], since), pc.less(panes["pane"], until))
        return panes.filter(pc.and_(is_inside, pc.is_in(panes["kind"], pa.array(kinds, panes["kind"].type))))

    def active_keys(self, kinds: Sequence[str], since: int, until: int) -> int:
        """The number of keys of these kinds with a pane that starts in [since, until)."""
        import pyarrow.compute as pc

        return int(pc.count_distinct(self.of_kinds(kinds, since, until)["key_hash"]).as_py())


def _near_limit(of_kind: "pa.Table", kind: str, rules: RuleSet) -> "pa.Array":
    """The hashes of the keys that have enough events to breach a rule, and of those on the deny list."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rules_of_kind = rules.of_kind(kind)
    totals = of_kind.append_column("events", _events(of_kind)).group_by("key_hash").aggregate([("events", "sum")])
    least = min((rule.limit for rule in rules_of_kind if not rule.deny), default=None)
    near = totals.filter(pc.greater_equal(totals["events_sum"], least))["key_hash"].to_pylist() if least else []
    if deny := [listed for rule in rules_of_kind for listed in rule.deny]:
        keys = of_kind.group_by(["key_hash", "key"]).aggregate([]).to_pylist()
        near += [one["key_hash"] for one in keys if any(listed.names(Key(kind, one["key"])) for listed in deny)]
    return pa.array(near, pa.int64())


def daily_categories(panes: "pa.Table") -> dict[int, dict[str, int]]:
    """The number of events by day (days since 1970) and category."""
    import pyarrow.compute as pc

    days = dict[int, dict[str, int]]()
    for key, of_key in panes_by_key(panes.filter(pc.equal(panes["kind"], CATEGORY_KEY))).items():
        for pane in of_key:
            day = days.setdefault(pane.start // DAY_S, {})
            day[key.value] = day.get(key.value, 0) + pane.events
    return days


def _events(panes: "pa.Table") -> "pa.ChunkedArray":
    import pyarrow.compute as pc

    return reduce(pc.add, (panes[name] for name in EVENT_TYPES))


def panes_by_key(panes: "pa.Table") -> dict[Key, list[Pane]]:
    """The panes of each key, in the order of the table."""
    found = dict[Key, list[Pane]]()
    columns = [panes[name].to_pylist() for name in ("kind", "key", "pane", *EVENT_TYPES, "times", "products")]
    for kind, key, start, *counts, times, products in zip(*columns, strict=True):
        found.setdefault(Key(kind, key), []).append(Pane(start, tuple(counts), tuple(times), tuple(products)))
    return found
