"""The formats of exported files."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

# Text that a spreadsheet would evaluate as a formula.
_FORMULA = re.compile(r"[\s\x00\u200b\ufeff]*[=+\-@＝＋－＠]")  # noqa: RUF001


def _as_parquet(rows: pa.Table) -> bytes:
    """The rows as Parquet. Timestamps are marked as UTC."""
    fields = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else field
        for field in rows.schema
    ]
    out = io.BytesIO()
    parquet.write_table(rows.cast(pa.schema(fields)), out, compression="zstd")
    return out.getvalue()


def _as_csv(rows: pa.Table) -> bytes:
    """The rows as CSV with a header. NULL is empty, timestamps are in UTC, lists are JSON."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # RFC 4180: values with any kind of line break are quoted
    writer.writerow(rows.column_names)
    writer.writerows(zip(*([_cell(value) for value in column.to_pylist()] for column in rows.columns), strict=True))
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Format a value for CSV. Text that looks like a formula is prefixed with an apostrophe, so that it stays text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        value = json.dumps(value, default=str, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _as_json(rows: pa.Table) -> bytes:
    """The rows as JSON lines. Timestamps are in UTC, NULL is null, decimals are text."""

    def text(value: Any) -> str:
        return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)

    return "".join(f"{json.dumps(row, default=text, ensure_ascii=False)}\n" for row in rows.to_pylist()).encode()


FORMATS: Mapping[str, Callable[[pa.Table], bytes]] = {"csv": _as_csv, "json": _as_json, "parquet": _as_parquet}
