"""The board of CDC tables: its numbers are those of ops.runs, in the page and in the views for Athena."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from infra import athena
from jobs.runtime.reporting import report
from jobs.runtime.reporting.page import render
from jobs.runtime.reporting.query_runner import Answer, create_tables, run_queries
from jobs.runtime.reporting.tile_definitions import tiles
from jobs.runtime.spark.small_frames import local_frame
from schemas.ops.runs import RUNS
from tests.unit.infra.test_views import in_duckdb, plain

NOON = datetime(2019, 10, 5, 12, tzinfo=UTC)


def ended(
    number: int,
    table: str,
    status: str,
    counts: tuple[int, ...],
    account: Mapping[str, Mapping[str, int]],
    newest: datetime | None,
) -> dict[str, Any]:
    """A row of ops.runs for a run that started this many days later."""
    began = NOON + timedelta(days=number)
    values_of = [
        {"about": about, "kind": kind, "rows": rows} for about, kinds in account.items() for kind, rows in kinds.items()
    ]
    names = ("rows_read", "rows_kept", "rows_rejected", "rows_duplicate", "rows_late")
    of_run = {
        "run_id": f"run{number}",
        "job": "cdc.apply",
        "runtime_line": "5.1",
        "clock": began,
        "parameters_json": "{}",
        "suite_results_json": "[]",
    }
    times = {"started_at": began, "finished_at": began + timedelta(minutes=30), "as_of": newest}
    return {
        **of_run,
        **times,
        "table": table,
        "status": status,
        "changes_json": json.dumps(values_of),
        **dict(zip(names, counts, strict=True)),
    }


ROWS = [
    ended(
        0,
        "cdc.people",
        "published",
        (10, 8, 1, 1, 0),
        {"row": {"inserted": 5, "updated": 2, "deleted": 1}, "problem": {"null_key": 1}},
        NOON,
    ),
    ended(
        1,
        "cdc.people",
        "published",
        (10, 4, 0, 2, 4),
        {"row": {"inserted": 1, "updated": 3}, "remark": {"op_anomaly": 2}},
        NOON + timedelta(hours=12),
    ),
    ended(1, "cdc.things", "refused", (2, 0, 2, 0, 0), {"row": {}, "problem": {"null_key": 2}}, None),
    ended(2, "cdc.things", "published", (1, 1, 0, 0, 0), {"row": {"inserted": 1}}, None),
]


@pytest.fixture
def answers(spark: SparkSession) -> dict[str, Answer]:
    frames = {table: local_frame(spark, table, ROWS) for table in report.board_tables("cdc")}
    with ThreadPoolExecutor(1) as pool:
        return {answer.tile.stem: answer for answer in run_queries(tiles("cdc"), frames, pool)}


def values_of(answer: Answer, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer.rows]


def test_each_tile_shows_what_the_runs_recorded(answers: dict[str, Answer]) -> None:
    assert values_of(answers["facts"], "tables", "newest_change") == [(2, "2019-10-06 00:00:00")]
    assert values_of(answers["last_seven_days"], "changes_read", "inserted", "updated", "deleted") == [(21, 7, 5, 1)]
    assert values_of(answers["freshness"], "table", "hours_behind", "last_outcome") == [
        ("cdc.people", 12.5, "published"),
        ("cdc.things", None, "published"),
    ]
    assert [row[1:] for row in values_of(answers["changes"], "day", "inserted", "updated", "deleted")] == [
        (5, 2, 1),
        (1, 3, 0),
        (1, 0, 0),
    ]
    assert values_of(answers["arrival"], "table", "changes_read", "applied", "stale", "replayed", "rejected") == [
        ("cdc.people", 20, 12, 4, 3, 1),
        ("cdc.things", 1, 1, 0, 0, 0),
    ]
    assert values_of(answers["anomalies"], "table", "anomaly", "refused", "changes") == [
        ("cdc.people", "op_anomaly", False, 2),
        ("cdc.things", "null_key", True, 2),
        ("cdc.people", "null_key", True, 1),
    ]


def test_the_page_shows_them_and_says_what_they_mean(answers: dict[str, Answer]) -> None:
    page = render("cdc", answers.values(), [], report.board_tables("cdc"), NOON)
    assert "CDC tables" in page
    assert [tile.title for tile in tiles("cdc") if tile.stem != "facts" and tile.title not in page] == []
    empty = {stem: Answer(answer.tile, answer.types, []) for stem, answer in answers.items()}
    assert "No change has been applied yet." in render("cdc", empty.values(), [], report.board_tables("cdc"), NOON)


def test_each_view_answers_what_its_tile_answers(answers: dict[str, Answer]) -> None:
    database, views = duckdb.connect(), athena.pages("cdc")
    database.execute("SET TimeZone = 'UTC'")
    create_tables(database, [RUNS])
    for row in ROWS:
        given = ", ".join(f'"{name}"' for name in row)
        database.execute(f"INSERT INTO ops.runs ({given}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    for tile in tiles("cdc"):
        asked = database.execute(in_duckdb(views[f"{athena.view_name(tile, 'cdc')}.sql"]))
        names = [column[0] for column in asked.description]
        found = [dict(zip(names, map(plain, row), strict=True)) for row in asked.fetchall()]
        assert found == [{name: plain(value) for name, value in row.items()} for row in answers[tile.stem].rows], (
            tile.stem
        )
