"""Every expectation of every suite passes on good rows and fails on a planted bad one."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, reduce
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.queries import QUERY
from expectations.schema_expectations import readable_text, text_columns
from expectations.suites import suite
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ledger import run_entry
from jobs.runtime.quality import suite_runner
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.quality.suite_queries import SuiteQueries
from jobs.runtime.spark.small_frames import literal_row, local_frame
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.vocabulary import GRAINS
from schemas.table import Table
from tests.spark.expectations import planted_marts
from tests.spark.expectations.bad_rows import BAD, GOOD, Row

# The limit is a little more than 4 spreads divided by 0.6745.
USUAL = {"day": date(2019, 10, 1), "known": 4, "usual": 100.0, "spread": 10.0}
AS_USUAL = {
    "usual_rows": [{**USUAL, "value": 41.0}, {**USUAL, "value": 159.0}, {**USUAL, "known": 3, "value": 900.0}],
    "usual_refusals": [{**USUAL, "value": 0.0}, {**USUAL, "value": 159.0}, {**USUAL, "known": 3, "value": 900.0}],
}
# Few rows are checked by pandas and by queries, many rows by queries alone.
STAGED_ROWS = {"few": 10, "many": 20_000}


def column_types_checked(table: Table) -> set[tuple[str, ...]]:
    """Type, options and column type of each expectation of the table that is not a query."""
    return {
        (one["type"], *sorted(one["kwargs"]), re.sub(r"\W.*", "", table.types.get(one["kwargs"].get("column"), "")))
        for one in suite(table)["expectations"]
        if one["type"] != QUERY
    }


def by_column_types() -> list[Any]:
    """All tables; those that check no type which the tables before them do not are nightly."""
    known, found = set[tuple[str, ...]](), list[Any]()
    for table in BAD:
        checked = column_types_checked(table)
        found.append(pytest.param(table, id=table.stem, marks=[pytest.mark.nightly] * (checked <= known)))
        known |= checked
    return found


Check = Callable[..., list[run_entry.ExpectationResult]]
Stage = Callable[[Table, list[Any], Row], tuple[DataFrame, dict[str, DataFrame]]]


@cache
def good(spark: SparkSession, table: Table) -> tuple[list[Row], dict[str, DataFrame], Row]:
    """Good rows of the table, the tables that its queries may read, and the options of the run."""
    if table not in GOOD:
        return planted_marts.good_rows(spark, table), planted_marts.inputs(spark), planted_marts.options(table)
    rows, inputs, parameters = GOOD[table]
    return rows, {one.stem: local_frame(spark, one, given) for one, given in inputs.items()}, parameters


@pytest.fixture
def stage(spark: SparkSession) -> Stage:
    """Rows of a table with a change, and the views that the queries of some expectations read."""

    def changed_rows(table: Table, expectations: list[Any], change: Row) -> tuple[DataFrame, dict[str, DataFrame]]:
        rows, inputs, parameters = good(spark, table)
        first = {**rows[0], **{name: rows[1][name] for name in change.get("repeats", [])}, **change.get("row", {})}
        given = [first, *rows[1:], *([change["more"]] if "more" in change else [])]
        given += [{**rows[0], **changed} for changed in change.get("rows", [])]
        values = {"clock": "2026-11-20 12:00:00", "as_of": "2026-11-20 00:00:00", **parameters, **change.get("run", {})}
        times = {
            name: datetime.fromisoformat(str(values[name])).replace(tzinfo=UTC)
            for name in ("clock", "as_of")
            if name in values
        }
        others = {name: [{**USUAL, "value": value}] for name, value in change.get("usual", {}).items()}
        days = {name: [*usual, *others.get(name, [])] for name, usual in AS_USUAL.items()}
        made: dict[str, Callable[[], DataFrame]] = {
            **{name: lambda frame=frame: frame for name, frame in inputs.items()},
            **{
                name: lambda given=given: reduce(DataFrame.unionByName, [literal_row(spark, day) for day in given])
                for name, given in days.items()
            },
            "rebuilt": lambda: spark.sql(
                "SELECT explode(sequence(DATE'2019-09-01', DATE'2019-10-12')) AS day, grain"
                f" FROM (SELECT explode(array{GRAINS}) AS grain)"
            ),
            "published": lambda: local_frame(spark, table, []),
        }
        queries = " ".join(one["kwargs"].get("unexpected_rows_query", "") for one in expectations)
        views = {name: make() for name, make in made.items() if name in queries}
        views |= {"run": literal_row(spark, {"since": None, **values, **times})} if "run" in queries else {}
        return local_frame(spark, table, given), views

    return changed_rows


@pytest.fixture
def check(stage: Stage) -> Check:
    def run_suite(
        table: Table, expectations: list[Any], change: Row, *, size: str = "few"
    ) -> list[run_entry.ExpectationResult]:
        frame, views = stage(table, expectations, change)
        checked = Slice(table, Staged(0, STAGED_ROWS[size]), "true", views)
        return suite_runner.check(frame, checked, {"meta": suite(table)["meta"], "expectations": expectations})

    return run_suite


def assert_good_rows_pass(check: Check, table: Table, size: str) -> None:
    outcomes = check(table, suite(table)["expectations"], {}, size=size)
    assert [outcome for outcome in outcomes if not outcome.success] == []
    assert [outcome.name for outcome in outcomes] == [
        expectation["meta"]["name"] for expectation in suite(table)["expectations"]
    ]


@pytest.mark.parametrize("table", BAD, ids=lambda table: table.stem)
def test_ten_good_rows_pass(check: Check, table: Table) -> None:
    assert_good_rows_pass(check, table, "few")


@pytest.mark.parametrize("table", by_column_types())
def test_ten_good_rows_pass_as_many_rows_do(check: Check, table: Table) -> None:
    assert_good_rows_pass(check, table, "many")


@pytest.mark.parametrize("table", BAD, ids=lambda table: table.stem)
def test_each_query_finds_its_bad_row(stage: Stage, table: Table) -> None:
    """Each query alone. Column expectations are those of Great Expectations, and are tested together below."""
    passed = []
    for expectation in (one for one in suite(table)["expectations"] if one["type"] == QUERY):
        name = expectation["meta"]["name"]
        frame, views = stage(table, [expectation], BAD[table][name])
        queries = SuiteQueries(frame, Slice(table, Staged(0, 1), "true", views))
        found = queries.run(expectation["kwargs"]["unexpected_rows_query"]).take(1)
        passed += [name] * (not found)
    assert passed == []


@pytest.mark.parametrize("table", [table for table in BAD if readable_text(table)], ids=lambda table: table.stem)
def test_unreadable_text_is_found_in_every_column(spark: SparkSession, table: Table) -> None:
    [row, *_], columns, [expectation] = good(spark, table)[0], text_columns(table), readable_text(table)
    rows = [
        {**row, name: [text] if table.types[name].startswith("array") else text}
        for name in columns
        for text in ("a\0b", "\ufffd", "\U0001f600 \u00e9\u200b\n")
    ]
    frame, usual = local_frame(spark, table, rows), local_frame(spark, table, [row])
    invalid = F.expr("CAST(unhex('6C276FE9') AS string)")
    in_bytes = [
        usual.withColumn(name, F.array(invalid) if table.types[name].startswith("array") else invalid)
        for name in columns
    ]
    query = expectation["kwargs"]["unexpected_rows_query"]
    rows_in_bytes = reduce(DataFrame.unionByName, [frame, *in_bytes])
    found = SuiteQueries(rows_in_bytes, Slice(table, Staged(0, 1), "true", {})).run(query)
    assert found.count() == 3 * len(columns)


def test_a_null_reason_does_not_count(check: Check) -> None:
    [known] = [
        one
        for one in suite(REJECTED_EVENTS)["expectations"]
        if one["meta"]["name"] == "every row has problems, all of them known"
    ]
    [outcome] = check(REJECTED_EVENTS, [known], {"row": {"problems": ["late", None]}})
    assert not outcome.success


@pytest.mark.parametrize("table", by_column_types())
def test_every_engine_says_the_same_of_all_bad_rows(check: Check, table: Table) -> None:
    """The same suite, on all violating rows at once."""
    expectations = [one for one in suite(table)["expectations"] if one["type"] != QUERY]
    changed = [
        BAD[table][one["meta"]["name"]].get("row", {}) for one in expectations
    ]  # a duplicate row also violates the key
    for size in STAGED_ROWS:
        assert [one.name for one in check(table, expectations, {"rows": changed}, size=size) if one.success] == []
