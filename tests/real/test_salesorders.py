"""Change records of an ERP with late, duplicate and repeated rows: the table is the one that their publishers state."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.job import Job
from schemas.cdc_source import BY_FILE, CdcSource
from schemas.table import Column
from tests.conftest import InProcess
from transforms.change_data.parse_changes import typed_changes

pytestmark = pytest.mark.real

PLACES = ("extraction_timestamp", "actrequest_timestamp", "datapakid", "partno", "record")
NAMES = (*PLACES[:2], "request", *PLACES[2:], "salesorder", "item", "date", "customer", "article", "amount")
# The before image and after image of a row; an insert, a delete, and a record that is reversed.
WORDS = {"N": "I", "": "U", "X": "D", "D": "D", "R": "D"}
ITEMS = CdcSource(
    "cdc.salesorders",
    "one row per item of a sales order",
    tuple(Column(name, "string", "As in the source.") for name in NAMES),
    ("salesorder", "item"),
    sequence=(*PLACES, BY_FILE),
    ops=WORDS,
)


def salesorders(raw_salesorders: Any, *, load_ts: Any, source: CdcSource = ITEMS) -> Any:
    return typed_changes(raw_salesorders, source, load_ts=load_ts)


JOB = Job([ITEMS.raw], salesorders, ITEMS.current, ITEMS.rejected, ITEMS)


@pytest.mark.parametrize(
    "kind",
    [
        "late_arriving_changes",
        pytest.param("with_duplicates", marks=pytest.mark.nightly),
        pytest.param("backfill", marks=pytest.mark.nightly),
    ],
)
def test_the_table_is_that_of_its_makers(daily: InProcess, real_data: Path, kind: str) -> None:
    daily.job = JOB
    folder = real_data / "cdc" / "salesorders" / kind / "data"
    for part in sorted((folder / "source").glob("*.csv")):
        shutil.copy(part, daily.input / part.name)
        assert daily.run("--delimiter", "|") == 0, daily.output
    with (folder / "control" / "part-01.csv").open(newline="") as file:
        expected = sorted(tuple(row[name] for name in NAMES) for row in csv.DictReader(file, delimiter="|"))
    assert (
        sorted(
            tuple(row[name] or "" for name in NAMES) for row in daily.table("cdc.salesorders").select(*NAMES).collect()
        )
        == expected
    )
