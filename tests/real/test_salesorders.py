"""Change records of an ERP, with rows that come late, twice and again: the table is what its makers say that it is."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.job import Job
from schemas.changing import BY_FILE, CdcSource
from schemas.table import Column
from tests.conftest import InProcess
from transforms.changes.typed import typed_changes

pytestmark = pytest.mark.real

PLACES = ("extraction_timestamp", "actrequest_timestamp", "datapakid", "partno", "record")
NAMES = (*PLACES[:2], "request", *PLACES[2:], "salesorder", "item", "date", "customer", "article", "amount")
# The row as it was before a change, and after it; a new one, a deleted one, one that is taken back.
WORDS = {"N": "I", "": "U", "X": "D", "D": "D", "R": "D"}
ITEMS = CdcSource(
    "cdc.salesorders",
    "one row per item of a sales order",
    tuple(Column(name, "string", "As at the source.") for name in NAMES),
    ("salesorder", "item"),
    sequence=(*PLACES, BY_FILE),
    ops=WORDS,
)


def salesorders(raw_salesorders: Any, *, load_ts: Any, changing: CdcSource = ITEMS) -> Any:
    return typed_changes(raw_salesorders, changing, load_ts=load_ts)


JOB = Job([ITEMS.raw], salesorders, ITEMS.current, ITEMS.rejected, ITEMS)


@pytest.mark.parametrize("kind", ["late_arriving_changes", "with_duplicates", "backfill"])
def test_the_table_is_that_of_its_makers(daily: InProcess, real_data: Path, kind: str) -> None:
    daily.job = JOB
    folder = real_data / "cdc" / "salesorders" / kind / "data"
    for part in sorted((folder / "source").glob("*.csv")):
        shutil.copy(part, daily.input / part.name)
        assert daily.run("--delimiter", "|") == 0, daily.told
    with (folder / "control" / "part-01.csv").open(newline="") as told:
        expected = sorted(tuple(row[name] for name in NAMES) for row in csv.DictReader(told, delimiter="|"))
    assert (
        sorted(
            tuple(row[name] or "" for name in NAMES) for row in daily.table("cdc.salesorders").select(*NAMES).collect()
        )
        == expected
    )
