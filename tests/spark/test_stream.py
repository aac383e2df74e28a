"""A stream of files: its tables equal the pure functions on the whole input, also after a failure between commits."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from jobs.lake import forget, maintain
from jobs.realtime import watch
from jobs.runtime.cdc.applied_position import last_property
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.streaming import publication_batch
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.output_rows import Rows, alert_rows, block_rows, incident_rows
from jobs.runtime.streaming.publication_batch import LABEL, PublicationBatch
from jobs.runtime.streaming.rates import event_rates
from jobs.runtime.streaming.stream_state import StateFiles
from schemas.realtime.event_rates import EVENT_RATES
from tests.conftest import InProcess
from tests.detection import NOON, Event, at, every, instant, summed
from transforms.detection.alerts import alerts, guard_alerts
from transforms.detection.rules import RuleSet

SHARED: dict[str, Any] = {"category_id": 5, "ip": "192.0.2.1"}
FLOOD = every(0.98, 70, user_id=1, **SHARED)
CARTS = [{**one, "time": one["time"] + 30} for one in every(12, 40, user_id=2, event_type="cart", category_id=6)]
SHOPPERS = [at(one * 7, user_id=100 + one, category_id=5 + one % 2) for one in range(90)]
EVENTS = [
    {**event, "event_id": f"e{place}"}
    for place, event in enumerate(sorted([*FLOOD, *CARTS, *SHOPPERS], key=lambda event: event["time"]))
]
POISON = '{"event_time": "soon"'
TABLES = ("event_rates", "bot_alerts", "blocked_actors", "alerts")


def text(event: Event) -> str:
    fields = {"price": "1.00", **event, "event_time": instant(event)}
    return json.dumps({name: value for name, value in fields.items() if name != "time"})


def deliver(folder: Path, name: str, *lines: str) -> None:
    """Write a file that is a second newer than the one before: a stream reads files by their age."""
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    second = len(list(folder.iterdir()))
    os.utime(folder / name, (second, second))


def expected(events: Sequence[Event]) -> dict[str, Rows]:
    """The rows of the tables by the pure functions on all events."""
    rules = RuleSet()
    detector = BotDetector(rules)
    detector.advance(summed(events, rules), keep_since=0)
    incidents, (blocks, tripped_at) = detector.all_incidents(), detector.blocks()
    until = detector.store.end
    return {
        "event_rates": event_rates(detector.store, 0, until).to_pylist(),
        "bot_alerts": incident_rows(incidents),
        "blocked_actors": block_rows(blocks),
        "alerts": alert_rows(alerts(incidents, rules, until=until) + guard_alerts(blocks, tripped_at, until=until)),
    }


def rows(stream: InProcess) -> dict[str, list[str]]:
    return {stem: as_text(to_arrow(stream.table(f"realtime.{stem}").drop("run_id")).to_pylist()) for stem in TABLES}


def as_text(given: list[Any]) -> list[str]:
    return sorted(map(str, given))


def newest_labels(stream: InProcess) -> dict[str, str | None]:
    """The last publication of the stream to each table."""
    lake = stream.lake
    return {table.stem: last_property(lake, table, lake.main(table), LABEL) for table in watch.JOB.tables}


def watched(stream: InProcess, *options: str) -> int:
    arguments = ("--available_now", "--clock", "2019-10-02T00:00:00Z", "--publish_s", "0", "--max_files", "1")
    return stream.run("--input", str(stream.input), *arguments, *options, job=watch.JOB)


@pytest.mark.slow
def test_a_stream_that_failed_between_its_commits_ends_with_the_tables_of_the_pure_functions(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = len(EVENTS) // 2
    monkeypatch.setattr(publication_batch, "_MOST_IN_LITERAL", 100)  # the rates of batches are more
    deliver(daily.input, "1.json", *map(text, [*EVENTS[:half], EVENTS[half - 1]]))
    deliver(daily.input, "2.json", *map(text, [EVENTS[half - 1], *EVENTS[half:]]), POISON)
    write, states = StateFiles.write, list[int]()

    def fails(files: StateFiles, state: Any) -> None:
        states.append(state.batch)
        if states.count(1) == 2:  # what batch 1 published is there, the state after it is not
            raise OSError("the machine is gone")
        write(files, state)

    monkeypatch.setattr(StateFiles, "write", fails)
    assert watched(daily) == 1, daily.output
    assert watched(daily) == 0, daily.output
    found = rows(daily)
    assert found == {stem: as_text(given) for stem, given in expected(EVENTS).items()}
    assert {row.split("'rule': '")[1].split("'")[0] for row in found["bot_alerts"]} == {"user_rate", "cart_flood"}
    rejected = daily.table("realtime.rejected_stream_events").select("raw_line", "problems").collect()
    assert [tuple(row) for row in rejected] == [(POISON, ["truncated_or_malformed"])]
    runs = daily.table("ops.runs").filter("table = 'realtime.event_rates' AND status = 'published'")
    # The repeated batch has nothing left to publish.
    counted = runs.agg(*(F.sum(f"rows_{kind}") for kind in ("read", "kept", "rejected", "duplicate"))).collect()[0]
    assert tuple(counted) == (len(EVENTS) + 3, len(EVENTS), 1, 2)
    blocked = daily.table("realtime.blocked_actors").join(daily.table("ops.runs"), "run_id", "left_anti")
    assert blocked.isEmpty()
    later = at(EVENTS[-1]["time"] - NOON - 60, user_id=7)
    deliver(daily.input, "3.json", text(later))
    assert watched(daily) == 0, daily.output
    assert rows(daily) == found
    late = daily.table("realtime.rejected_stream_events").filter("array_contains(problems, 'late')")
    assert late.select("raw_line").collect()[0][0] == text(later)


@pytest.mark.slow
def test_an_erased_visitor_is_in_no_table_and_does_not_come_back(daily: InProcess) -> None:
    flood = [{**one, "user_id": 987654321, "user_session": "s1"} for one in every(0.98, 110, **SHARED)]
    deliver(daily.input, "1.json", *map(text, sorted([*flood, *CARTS, *SHOPPERS], key=lambda event: event["time"])))
    deliver(daily.input, "2.json", text({**flood[0], "price": "free"}))
    assert watched(daily) == 0, daily.output
    arguments, labels = ("--domain", "realtime", "--person", "987654321"), newest_labels(daily)
    assert daily.run(*arguments, "--dry_run", job=forget.JOB) == 0, daily.output
    assert "realtime.bot_alerts: 2 rows would be erased" in daily.output  # of the visitor and of the address
    assert daily.run(*arguments, job=forget.JOB) == 0, daily.output
    assert "realtime.rejected_stream_events: 1 row erased" in daily.output
    assert "may hold the person until realtime.watch has closed its windows" in daily.output
    assert newest_labels(daily) == labels  # a publication that was killed before its state is not repeated
    for name, seconds in (("3.json", 700), ("4.json", 1400)):
        deliver(daily.input, name, text({**flood[0], "time": NOON + seconds}), text(at(seconds, user_id=8)))
        assert watched(daily) == 0, daily.output
    files = daily.table("realtime.event_rates.files").count()
    assert daily.run("--domain", "realtime", job=maintain.JOB) == 0, daily.output
    assert daily.table("realtime.event_rates.files").count() < files
    held = [path for path in daily.path.rglob("*") if path.is_file() and b"987654321" in path.read_bytes()]
    assert [path for path in held if "/spark/" not in str(path)] == []
    found = rows(daily)
    assert "cart_flood" in str(found["bot_alerts"])
    assert not any(key in str(found) for key in ("987654321", "192.0.2.1"))
    rejected = daily.table("realtime.rejected_stream_events").select("raw_line", "problems").collect()
    assert [tuple(row) for row in rejected] == [(None, ["forgotten"])] * 2


@pytest.mark.slow
def test_a_stream_without_its_checkpoint_does_not_start_at_zero(daily: InProcess) -> None:
    deliver(daily.input, "1.json", *map(text, FLOOD))
    (daily.folder / "rules.json").write_text('{"mode": "enforce"}')
    assert watched(daily, "--rules", str(daily.folder / "rules.json")) == 0, daily.output
    before = rows(daily)
    assert "Incidents by rule" in (daily.path / "report_realtime.html").read_text()
    elsewhere = ("--checkpoint", str(daily.folder / "new"))
    assert watched(daily, *elsewhere) == 2
    assert "use --start_over" in daily.output
    assert watched(daily, *elsewhere, "--start_over") == 0, daily.output
    assert rows(daily) == before
    assert "--start_over: the new checkpoint does not know the blocks in force (1)" in daily.output
    daily.path = daily.folder / "another"
    assert watched(daily, *elsewhere) == 2
    assert "is of a stream into another lake" in daily.output
    daily.path = daily.folder / "lake"
    shutil.rmtree(daily.folder / "new" / "spark")  # a batch 0 would then be taken for the one that the state has
    assert watched(daily, *elsewhere) == 2
    assert "has no folder spark" in daily.output


@pytest.mark.nightly
def test_a_stream_publishes_on_top_of_what_maintenance_has_moved(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, start in enumerate(range(0, len(EVENTS), 50)):
        deliver(daily.input, f"{number}.json", *map(text, EVENTS[start : start + 50]))
    stage, moved = PublicationBatch.stage, list[int | None]()

    def overtaken(batch: PublicationBatch, lake: Lake, *others: Any) -> Any:
        staged, main = stage(batch, lake, *others), lake.main(EVENT_RATES)
        if not moved and len(list(lake.snapshot_properties(EVENT_RATES, main, LABEL))) > 1:
            every_file = "options => map('rewrite-all', 'true')"
            lake.spark.sql(f"CALL lake.system.rewrite_data_files(table => '{EVENT_RATES.name}', {every_file})")
            moved.append(main)
        return staged

    monkeypatch.setattr(PublicationBatch, "stage", overtaken)
    assert watched(daily) == 0, daily.output
    assert moved
    assert rows(daily) == {stem: as_text(given) for stem, given in expected(EVENTS).items()}
    statuses = daily.table("ops.runs").filter("table = 'realtime.event_rates'").groupBy("status").count().collect()
    assert {row.status: row["count"] for row in statuses}["overtaken"] == 1
