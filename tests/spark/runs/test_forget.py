"""Erasing a person from a lake."""

import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.ecommerce import clean_events
from jobs.ecommerce.daily import JOB as DAILY
from jobs.lake import forget
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.spark.small_frames import content_hash
from jobs.samples.shop_events import shop_events
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.table import Table
from tests.conftest import FEW_TABLES, InProcess, line
from tests.faults import fault
from tests.spark.runs.test_daily import TABLES, content

pytestmark = pytest.mark.slow

PERSON = "987654321"


@pytest.fixture(autouse=True)
def domain(few_tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", FEW_TABLES)


def holding(lake: Path) -> list[Path]:
    """The Parquet files that contain the person, referenced or not."""
    found = []
    for path in (lake / "warehouse").rglob("*.parquet"):
        cells = [str(cell) for row in pq.read_table(path, partitioning=None).to_pylist() for cell in row.values()]
        found += [path] * any(re.search(rf"(?<!\d){PERSON}(?!\d)|0{PERSON}", cell) for cell in cells)
    return found


def others() -> list[str]:
    """Rows of two days and one rejected row, none of them of the person."""
    return [
        *(line(product_id=str(number), user_id=str(number)) for number in range(2, 20)),
        line(event_time="2019-10-02 10:00:00"),
        line(price="x"),
    ]


@fault(
    "S06",
    injected="an erasure request for a person",
    checked="in no file of the lake, nor after a later delivery; the tables as if never delivered",
)
def test_a_person_is_gone_from_every_file_as_if_never_delivered(daily: InProcess, tmp_path: Path) -> None:
    daily.deliver("a.csv", *others())
    theirs = [
        line(user_id=PERSON),
        line(user_id=f"00{PERSON}", event_time="2019-10-03 10:00:00"),
        line(user_id=PERSON, price="NaN"),
        f"broken,{PERSON}",
    ]
    path = daily.deliver("b.csv", line(product_id="77"), *theirs)
    daily.deliver("c.csv", line(user_id=PERSON), line(product_id="78"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert {path.relative_to(daily.path / "warehouse").parts[1] for path in holding(daily.path)} == {
        table.stem for table in TABLES[:4]
    }

    assert daily.run("--person", PERSON, job=forget.JOB) == 0, daily.output
    assert holding(daily.path) == []
    assert [path for path in daily.path.rglob("*") if path.is_file() and PERSON.encode() in path.read_bytes()] == []
    assert "ecommerce.clean_events: 2 rows erased" in daily.output
    assert "ecommerce.rejected_events: 2 rows erased" in daily.output
    assert f"{path} holds the person; delete it" in daily.output
    assert f"{daily.input / 'c.csv'} may hold the same rows; check it" in daily.output
    assert "6 files searched, 0 hold the person" in daily.output
    bounds = daily.table("ecommerce.clean_events.all_files").select("readable_metrics.user_id.lower_bound").collect()
    assert {row.lower_bound for row in bounds} == {None}
    recorded = daily.table("ops.runs").select("parameters_json", "message", "suite_results_json").collect()
    assert PERSON not in str(recorded)
    assert all(len(dict(daily.lake._iceberg(table).refs())) == 1 for table in TABLES)

    forgotten = content(daily)
    daily.deliver("b.csv", line(product_id="77"))
    daily.deliver("c.csv", line(product_id="78"))
    daily.path = tmp_path / "never"
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert content(daily) == forgotten


@pytest.mark.nightly
@fault("S06")
def test_an_erased_person_does_not_come_back_with_a_later_delivery(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    daily.deliver("a.csv", line(user_id=PERSON))
    assert daily.run() == 0, daily.output
    now = datetime.now(UTC)
    Ledger(daily.lake, "another", "ecommerce.daily", "5.1", now, now, {}).open([CLEAN_EVENTS])
    assert daily.run("--person", PERSON, job=forget.JOB) == 4
    assert "run another of ecommerce.daily has recorded no end" in daily.output
    assert daily.table("ecommerce.clean_events").count() == 1
    assert daily.run("--person", PERSON, "--live_hours", "0", job=forget.JOB) == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 0

    theirs = [line(user_id=PERSON), line(user_id=f"0{PERSON}", price="NaN"), f"broken,{PERSON}"]
    daily.deliver("b.csv", *theirs, line(user_id="4", category_id=f"1{PERSON}"))
    assert daily.run() == 0, daily.output
    assert "4 rows read = 1 kept + 3 rejected + 0 duplicate + 0 late" in daily.output
    rejected = daily.table("ecommerce.rejected_events").collect()
    assert [(row.raw_line, row.problems, Path(row.source_file).name) for row in rejected] == [
        (None, ["forgotten"], "b.csv")
    ] * 3
    assert holding(daily.path) == []


@pytest.mark.nightly
def test_the_person_0_is_a_person(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    daily.deliver(
        "a.csv", line(user_id="0"), line(user_id="5"), line(user_id="7", price="x"), line(user_id="000", price="y")
    )
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert daily.run("--person", "0", job=forget.JOB) == 0, daily.output
    assert "ecommerce.clean_events: 1 row erased\necommerce.rejected_events: 1 row erased" in daily.output
    daily.deliver(
        "b.csv",
        line(user_id="00", product_id="9"),
        line(user_id="9", product_id="9"),
        line(user_id="9", product_id="0", price="x"),
    )
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert sorted(row.user_id for row in daily.table("ecommerce.clean_events").collect()) == [5, 9]
    refused = [(row.problems, row.raw_line is None) for row in daily.table("ecommerce.rejected_events").collect()]
    assert sorted(refused) == [(["bad_price"], False), (["bad_price"], False), (["forgotten"], True)]


@pytest.mark.nightly
def test_erasure_removes_hidden_leftover_files(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    daily.deliver("a.csv", line(user_id="987654321"), line(user_id="5"))
    assert daily.run() == 0, daily.output
    data = daily.path / "warehouse" / "ecommerce" / "clean_events" / "data"
    [real] = [path for path in data.rglob("*.parquet") if not path.name.startswith(".")]
    left = [
        data / "_temporary" / "0" / "part-0.parquet",
        data / ".spark-staging-1" / "part-0.parquet",
        data / "_part.parquet",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(real, path)
    assert daily.run("--person", "987654321", job=forget.JOB) == 0, daily.output
    assert [path for path in left if path.exists()] == []


def test_erasure_from_a_missing_lake_is_an_error(daily: InProcess) -> None:
    assert daily.run("--person", "5", job=forget.JOB) == 2
    assert f"there is no lake at {daily.path}" in daily.output
    assert not daily.path.exists()


def test_a_person_must_be_an_id(daily: InProcess) -> None:
    for person in ("", "12 or 1 = 1", "a'b"):
        assert daily.run("--person", person, job=forget.JOB) == 2
        assert "the person id must be 1 to 128 digits, letters or . _ @ + -" in daily.output


@fault("S06")
@pytest.mark.nightly
def test_every_mart_is_as_if_the_person_had_never_come(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", DAILY)
    daily.job, made = DAILY, tmp_path / "made"
    shop_events(str(made), rows=3_000, days=10, start=date(2019, 10, 1), seed=7, dirt=False)
    days = [path.read_text().splitlines()[1:] for path in sorted(made.iterdir())]
    [(person, events)] = Counter(row.split(",")[7] for rows in days for row in rows).most_common(1)
    assert events > 20
    for rows in (days[:5], days[5:]):  # two runs, so that history is erased too
        for row in rows:
            daily.deliver(f"{row[0][:10]}.csv", *row, line(price="x", user_id=person))
        assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert daily.run("--person", person, job=forget.JOB) == 0, daily.output
    forgotten = contents(daily)
    held = re.compile(rf"(?<!\d)0*{person}(?!\d)")
    files = list((daily.path / "warehouse").rglob("*.parquet"))
    assert [path for path in files if held.search(str(pq.read_table(path, partitioning=None).to_pylist()))] == []

    for path in daily.input.iterdir():
        path.write_text("\n".join(row for row in path.read_text().splitlines() if row.split(",")[7] != person) + "\n")
    daily.path = tmp_path / "never"
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert contents(daily) == forgotten


@pytest.mark.nightly
def test_erasure_does_not_overtake_a_run_that_starts_meanwhile(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.deliver("a.csv", line(user_id=PERSON), line(user_id="5"))
    assert daily.run() == 0, daily.output
    visitors, stage = daily.lake.main(UNIQUE_VISITORS), Lake.stage

    def with_another(lake: Lake, table: Table, *given: Any, **options: Any) -> Any:
        if table == UNIQUE_VISITORS:
            now = datetime.now(UTC)
            Ledger(lake, f"{now:%Y%m%dt%H%M%S}_other", "ecommerce.daily", "5.1", now, now, {}).record(
                [{"table": table.name, "status": "started"}]
            )
        return stage(lake, table, *given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "stage", with_another)
        assert daily.run("--person", PERSON, job=forget.JOB) == 4
    assert "_other of ecommerce.daily has recorded no end" in daily.output
    assert daily.lake.main(UNIQUE_VISITORS) == visitors
    assert daily.run("--person", PERSON, "--live_hours", "0", job=forget.JOB) == 0, daily.output
    assert daily.lake.main(UNIQUE_VISITORS) != visitors


def contents(daily: InProcess) -> dict[str, str]:
    tables = [table for job in DAILY.jobs for table in job.tables]
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in tables}


@pytest.mark.nightly
def test_a_table_that_a_lake_of_an_earlier_release_lacks_is_built(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", *others(), line(user_id=PERSON))
    assert daily.run() == 0, daily.output
    daily.spark.sql("DROP TABLE lake.ecommerce.visitor_days PURGE")
    assert daily.run("--person", PERSON, job=forget.JOB) == 0, daily.output
    assert holding(daily.path) == []
    assert daily.table("ecommerce.visitor_days").count() > 0
