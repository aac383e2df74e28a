"""Delivered lines as the reader passes them to a clean transform."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame

from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE, Table
from tests.conftest import Rows


def delivered(rows: Rows, raw: Table, good: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> DataFrame:
    """One valid line of the raw table per case, with the columns of the case replaced. raw_line is the case number."""
    defaults = {**good, "source_file": "/in/a", "malformed": False}
    return rows(with_line(raw), [{**defaults, "raw_line": f"{number:03}", **one} for number, one in enumerate(given)])


def with_line(raw: Table) -> Table:
    """The columns of a raw table, with those that the reader adds."""
    return replace(raw, columns=(*raw.columns, SOURCE_FILE, RAW_LINE, MALFORMED))
