"""The state of a source after its changes: folds over dicts, in change order.

A change is (key, seq, op, values). The key of a truncate is None.
"""

from collections.abc import Iterable, Sequence
from typing import Any

Change = tuple[Any, int, str, tuple[Any, ...] | None]
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


def partial(changes: Iterable[Change], ignore_null_updates: Sequence[int]) -> dict[Any, tuple[tuple[Any, ...], bool]]:
    """The rows, each with whether it is incomplete."""
    rows: dict[Any, tuple[tuple[Any, ...], bool]] = {}
    for key, _, op, values in _in_order(changes):
        if op == "T":
            rows.clear()
        elif op == "D":
            rows.pop(key, None)
        elif op in "IL":
            assert values is not None
            rows[key] = (values, False)
        else:
            assert values is not None
            before, is_incomplete = rows.get(key, ((None,) * len(values), True))
            new = tuple(
                old if value is None and at in ignore_null_updates else value
                for at, (old, value) in enumerate(zip(before, values, strict=True))
            )
            rows[key] = (new, is_incomplete)
    return rows
