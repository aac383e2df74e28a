"""The state of a source after its changes: folds over dicts, in change order.

A change is (key, seq, op, values). The key of a truncate is None.
"""

from collections.abc import Iterable, Sequence
from typing import Any

Change = tuple[Any, int, str, tuple[Any, ...] | None]
# The value of a column that an update left as it was.
KEPT = "(kept)"
Version = tuple[tuple[Any, ...], int, int | None]


def _in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(set(changes), key=lambda change: change[1])


def current(changes: Iterable[Change]) -> dict[Any, tuple[Any, ...] | None]:
    rows: dict[Any, tuple[Any, ...] | None] = {}
    for key, _, op, values in _in_order(changes):
        if op == "T":
            rows.clear()
        elif op == "D":
            rows.pop(key, None)
        else:
            rows[key] = values
    return rows


def history(changes: Iterable[Change], compared: Sequence[int]) -> dict[Any, list[Version]]:
    """The versions of each key. Consecutive values that are equal at the `compared` positions are one version."""
    histories: dict[Any, list[Version]] = {}
    for key, seq, op, values in _in_order(changes):
        for one in list(histories) if op == "T" else [key]:
            versions = histories.setdefault(one, [])
            is_open = bool(versions) and versions[-1][2] is None
            if op in "TD":
                if is_open:
                    versions[-1] = (*versions[-1][:2], seq)
                continue
            assert values is not None
            if is_open and all(versions[-1][0][at] == values[at] for at in compared):
                versions[-1] = (values, *versions[-1][1:])
                continue
            if is_open:
                versions[-1] = (*versions[-1][:2], seq)
            versions.append((values, seq, None))
    return {key: versions for key, versions in histories.items() if versions}


def resolved(changes: Iterable[Change], ignore_null_updates: Sequence[int] = ()) -> tuple[list[Change], set[Any]]:
    """The changes with the values that updates left as they were, and the keys of incomplete rows.

    Left as they were are KEPT values, and NULLs of an update at the positions `ignore_null_updates`. A row is
    incomplete if no change has set a value, or, with `ignore_null_updates`, if only updates have arrived.
    """
    complete, rows, incomplete = list[Change](), dict[Any, list[Any]](), set[Any]()
    for key, seq, op, values in _in_order(changes):
        for one in list(rows) if op == "T" else [key] if op == "D" else []:
            rows.pop(one, None)
            incomplete.discard(one)
        if values is not None:
            row = rows.setdefault(key, [KEPT] * len(values))
            is_new = all(value is KEPT for value in row)
            for at, value in enumerate(values):
                if value is not KEPT and not (value is None and op == "U" and at in ignore_null_updates):
                    row[at] = value
            if KEPT not in values and (op in "IL" or not ignore_null_updates):
                incomplete.discard(key)
            elif ignore_null_updates:
                incomplete |= {key} if is_new else set()
            else:
                incomplete = incomplete | {key} if KEPT in row else incomplete - {key}
            values = tuple(None if value is KEPT else value for value in row)
        complete.append((key, seq, op, values))
    return complete, incomplete
