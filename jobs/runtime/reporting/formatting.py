"""Format the cells of an answer for people."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

_RATES = re.compile(r"(_rate|_rate_initial)(_before)?\Z|\A(share|base|v2c|c2p|v2p)\Z")
NULL = "–"  # noqa: RUF001


def label(column: str) -> str:
    return column.replace("_", " ")


def cell(column: str, kind: str, value: Any) -> str:
    """Format a value of Spark type `kind`."""
    if value is None:
        return NULL
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
    if _RATES.search(column):
        return f"{value:.1%}"
    # Three decimals below 1, where two would hide small numbers.
    return f"{value:,.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3f}"


def change(column: str, value: Any, previous_value: Any) -> str:
    """Compare a number with that of the previous period: rates in percentage points, others in percent."""
    if value is None or previous_value is None:
        return "no previous period yet"
    if value == previous_value:
        return "unchanged"
    arrow, previous = "▲" if value > previous_value else "▼", f"from {cell(column, '', previous_value)}"
    if _RATES.search(column):
        return f"{arrow} {abs(value - previous_value) * 100:.1f} points, {previous}"
    return f"{arrow} {abs(value / previous_value - 1):.1%}, {previous}" if previous_value else f"{arrow} {previous}"


def plain(kind: str, value: Any) -> str | None:
    """A cell as exact text; timestamps in ISO 8601."""
    if value is None:
        return None
    if kind == "timestamp":
        return f"{value.replace(' ', 'T')}Z"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def kind(spark_type: str) -> str:
    return "number" if is_number(spark_type) else "name" if spark_type == "string" else spark_type


def is_number(kind: str) -> bool:
    return kind in ("bigint", "int", "double") or kind.startswith("decimal")
