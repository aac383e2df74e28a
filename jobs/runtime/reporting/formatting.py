"""Format the cells of an answer for people."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

_SHARES = re.compile(r"(_rate|_rate_initial)(_before)?\Z|\A(share|base|v2c|c2p|v2p)\Z")
NOTHING = "–"  # noqa: RUF001


def label(column: str) -> str:
    return column.replace("_", " ")


def cell(column: str, kind: str, value: Any) -> str:
    """A value of a column of Spark's type `kind`."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return _double(column, value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value[:19]} UTC" if kind == "timestamp" else str(value)


def _double(column: str, value: float) -> str:
    if _SHARES.search(column):
        return f"{value:.1%}"
    # Three digits where two would hide a small number.
    return f"{value:,.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3f}"


def change(column: str, now: Any, before: Any) -> str:
    """How a number compares with the one of the period before: shares in points, others in per cent."""
    if now is None or before is None:
        return "nothing to compare with yet"
    if now == before:
        return "as much as before"
    arrow, was = "▲" if now > before else "▼", f"from {cell(column, '', before)}"
    if _SHARES.search(column):
        return f"{arrow} {abs(now - before) * 100:.1f} points, {was}"
    return f"{arrow} {abs(now / before - 1):.1%}, {was}" if before else f"{arrow} {was}"


def plain(kind: str, value: Any) -> str | None:
    """A cell as data: exact, and an instant in the form that every program reads."""
    if value is None:
        return None
    if kind == "timestamp":
        return f"{value.replace(' ', 'T')}Z"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def kind(of_spark: str) -> str:
    return "number" if is_number(of_spark) else "name" if of_spark == "string" else of_spark


def is_number(kind: str) -> bool:
    return kind in ("bigint", "int", "double") or kind.startswith("decimal")
