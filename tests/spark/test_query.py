"""The ways of docs/query.md to read a table work in three lines, agree, and can read every table."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from jobs.ecommerce.daily import JOB as DAILY
from jobs.samples.shop_events import shop_events
from schemas.ops.files import FILES
from schemas.ops.runs import RUNS
from schemas.table import Table
from tests import ROOT
from tests.conftest import FEW_TABLES, InProcess, line

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "query.md").read_text()
WAYS = {
    heading: code.strip()
    for heading, code in re.findall(r"^## ([^\n]+)\n[^#]*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
}


def rows(answer: Any) -> list[tuple[str, int]]:
    if hasattr(answer, "collect"):
        return sorted((str(row[0]), row[1]) for row in answer.collect())
    table = (
        answer.to_dict("list")
        if hasattr(answer, "iloc")
        else (answer.read_all() if hasattr(answer, "read_all") else answer).to_pydict()
    )
    return sorted(zip(map(str, table["period_start"]), table["visitors"], strict=True))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_way_reads_what_was_published(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", line(), line(user_id="2"), line(user_id="2", event_time="2019-10-02 08:00:00 UTC"))
    assert daily.run() == 0, daily.output
    assert set(WAYS) == {"PyIceberg", "pandas", "DuckDB", "Spark SQL"}
    said: dict[str, Any] = {}
    lakes = []
    for way, code in WAYS.items():
        assert len([statement for statement in code.splitlines() if statement]) == 3, way
        exec(code.replace("<lake>", str(daily.path)), said)
        lakes.append(said["lake"])
        assert rows(said["answer"]) == [("2019-10-01", 2), ("2019-10-02", 1)], way
    for lake in lakes:
        lake.engine.dispose()


def as_text(daily: InProcess, table: Table) -> list[str]:
    """The rows as read by Spark, with instants as microseconds since 1970."""
    cells = [F.unix_micros(name) if kind == "timestamp" else F.col(f"`{name}`") for name, kind in table.types.items()]
    return sorted(repr(tuple(row)) for row in daily.table(table.name).select(*cells).collect())


@pytest.mark.nightly
def test_every_table_is_read_without_spark_as_spark_reads_it(daily: InProcess) -> None:
    daily.job = DAILY
    shop_events(str(daily.input), 6_000, 14, date(2019, 10, 1), 1, True)
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    command = [sys.executable, str(Path(__file__).with_name("without_spark.py")), str(daily.path)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    tables = [*(table for job in DAILY.jobs for table in job.tables), FILES, RUNS]
    assert found.keys() == {table.name for table in tables}
    for table in tables:
        read = found[table.name]
        assert read["columns"] == table.names
        assert read["rows"] == as_text(daily, table) != []
        assert read["counted"] == len(read["rows"])
