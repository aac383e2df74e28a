"""Changes decoded from the log of a database, and which cells of its table a consumer can know from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

# Of the table in every database.
TABLE, KEY = "things", "id"
# A column that is added later, and its default.
ADDED, DEFAULT = "channel", "Zürich"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A change of a row: I, U or D; or T, a truncate, without values.

    `values` are those that the log has: it may leave out columns that an update did not change. `old` are the values
    that the log has from before an update or delete. `columns` are those of the table at that time. `seq` is the
    position as DMS writes it, `source` the same position as Debezium writes it.
    """

    op: str
    committed_at: datetime
    seq: str
    source: Mapping[str, Any]
    columns: tuple[str, ...]
    values: Mapping[str, Any]
    old: Mapping[str, Any]

    @property
    def is_key_change(self) -> bool:
        return self.op == "U" and self.old.get(KEY, self.values[KEY]) != self.values[KEY]

    @property
    def key(self) -> Any:
        """The key after the change; of a delete, the key of the deleted row."""
        return (self.old if self.op == "D" else self.values)[KEY]

    def earlier(self, offset: timedelta) -> "Change":
        return replace(self, committed_at=self.committed_at - offset)


class CarriedCells:
    """The columns of each row whose present value was in a change or a full load."""

    def __init__(self) -> None:
        self.columns: dict[Any, set[str]] = {}
        self.inserted = set[Any]()

    def load(self, rows: Iterable[Row]) -> None:
        self.columns = {row[KEY]: set(row) for row in rows}
        self.inserted = set(self.columns)

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.op == "T":
                self.columns, self.inserted = {}, set()
                continue
            if change.op == "D" or change.is_key_change:
                self.columns.pop(change.old[KEY], None)
                self.inserted.discard(change.old[KEY])
            if change.op != "D":
                is_same_row = change.op == "U" and not change.is_key_change
                known = self.columns.get(change.key, set()) if is_same_row else set()
                self.columns[change.key] = known | set(change.values)
            if change.op == "I":
                self.inserted.add(change.key)

    def are_all_known(self, row: Row) -> bool:
        return set(row) <= self.columns[row[KEY]]


def differences(found: Mapping[Any, Row], expected: Mapping[Any, Row], carried: CarriedCells) -> list[tuple[Any, ...]]:
    """Rows that only one side has, and cells that differ.

    A cell that no change carried may be NULL: a column that was added with a default, until its row changes, or a
    large value that the log left out when the key of its row changed.
    """
    lacking = [(key, "is missing") for key in expected.keys() - found.keys()]
    extra = [(key, "is not in the source") for key in found.keys() - expected.keys()]
    return [
        *lacking,
        *extra,
        *(
            (key, name, found[key][name], value)
            for key, row in expected.items()
            if key in found
            for name, value in row.items()
            if found[key][name] != value and (found[key][name] is not None or name in carried.columns[key])
        ),
    ]
