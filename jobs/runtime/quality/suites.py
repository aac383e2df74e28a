"""Evaluate an expectation suite on staged rows. The only file that imports Great Expectations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from expectations.queries import QUERY, all_in_one, finding
from jobs.runtime.errors import WeirError
from jobs.runtime.ledger.entries import ExpectationResult
from jobs.runtime.spark.local_frames import View, as_arrow, can_answer, in_pandas, which_find
from schemas.table import Table

SMALL = 10_000
_DETAILS = ("observed_value", "unexpected_count", "partial_unexpected_list")
_COUNTS = ("unexpected_count",)
_MOST_TOLD = 5


def check(
    table: Table, suite: Mapping[str, Any], staged: View, rows: int, views: Mapping[str, View]
) -> list[ExpectationResult]:
    """Every expectation of the suite on the so many rows that are `staged`, in the order of the suite. Its queries may name the `views`."""
    numbered = [
        {**one, "meta": {**one["meta"], "position": position}} for position, one in enumerate(suite["expectations"])
    ]
    is_by_size = suite["meta"]["engine"] == "by_size"
    by_pandas = is_by_size and rows <= SMALL
    # What a query finds nothing of needs no other answer. Great Expectations is asked of few rows itself, since it scans what is large for each.
    queries = {
        at: query
        for at, one in enumerate(numbered)
        if (query := finding(one)) and (one["type"] == QUERY or not by_pandas)
    }
    far = {name for name, view in {**views, "slice": staged}.items() if not view.is_here}
    by_duckdb = {
        at: query
        for at, query in queries.items()
        if is_by_size and can_answer() and not far.intersection(_named(query))
    }
    by_spark = {at: query for at, query in queries.items() if at not in by_duckdb}
    # A scan of a table costs more than its few rows, and each query that Spark is asked has one or more.
    held = staged.frame.persist() if rows <= SMALL and (by_spark or not by_pandas) else staged.frame
    try:
        few = as_arrow(replace(staged, frame=held)) if by_pandas else None
        # Details cost a job for each expectation, and a query by itself costs two: only for what failed.
        failed = _failed(
            held if few is None else in_pandas(few, table),
            table,
            [one for at, one in enumerate(numbered) if at not in queries],
        )
        asked = {at: _on_slice(query) for at, query in by_duckdb.items()}
        doubtful = which_find(asked, {**views, "slice": replace(staged, rows=few)}) if asked else set()
        if doubtful is None:
            doubtful, by_spark = set(), queries
        if doubtful or by_spark:
            for name, view in views.items():
                view.frame.createOrReplaceTempView(name)
        doubtful |= _which_find(held, by_spark) if by_spark else set()
        failed |= _failing(_results(held, table, [numbered[at] for at in sorted(doubtful)], "SUMMARY"))
        return [_outcome(table, one, failed.get(at), held) for at, one in enumerate(numbered)]
    finally:
        held.unpersist()


def _named(query: str) -> list[str]:
    return re.findall(r"\w+", _on_slice(query))


def _on_slice(query: str) -> str:
    return query.replace("{batch}", "slice")


def _failed(frame: Any, table: Table, expectations: Sequence[dict[str, Any]]) -> dict[int, Any]:
    """By position the results of those that do not hold, with details."""
    failing = _failing(_results(frame, table, expectations, "BOOLEAN_ONLY"))
    return _results(frame, table, [one for one in expectations if one["meta"]["position"] in failing], "SUMMARY")


def _failing(results: Mapping[int, Any]) -> dict[int, Any]:
    return {at: result for at, result in results.items() if not result.success}


def _which_find(frame: DataFrame, queries: Mapping[int, str]) -> set[int]:
    """Which of the queries find a row, as Spark has it; where one is wrong all, since Great Expectations tells which and why."""
    try:
        return {row.found for row in _asked(frame, all_in_one(queries)).collect()} - {None}
    except PySparkException:
        return set(queries)


def _results(frame: Any, table: Table, expectations: Sequence[dict[str, Any]], detail: str) -> dict[int, Any]:
    """Results by position, on a frame of Spark or pandas: they come grouped, not in the order of the suite."""
    if not expectations:
        return {}
    import great_expectations as gx

    loaded = gx.ExpectationSuite(name=table.name, expectations=list(expectations))
    if len(loaded.expectations) != len(expectations):
        raise WeirError(
            f"Great Expectations knows {len(loaded.expectations)} of {len(expectations)} expectations of {table.name}: is a type misspelt?"
        )
    sources = context().data_sources
    source = (
        sources.add_or_update_spark("spark", persist=False)
        if isinstance(frame, DataFrame)
        else sources.add_or_update_pandas("pandas")
    )
    batch = (
        source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    )
    results = batch.validate(loaded, result_format=detail).results
    return {result.expectation_config.meta["position"]: result for result in results}


def _outcome(table: Table, expectation: Mapping[str, Any], failed: Any, frame: DataFrame) -> ExpectationResult:
    """`failed` is the result of what does not hold, None of what does."""
    observed = "as expected"
    if failed:
        # An error never raises; GX hands over one, or one for each metric.
        info = failed.exception_info or {}
        errors = [
            one["exception_message"]
            for one in ([info] if "raised_exception" in info else info.values())
            if one["raised_exception"]
        ]
        # What is told is recorded for good: no values by which a person could be known.
        asked = {expectation["kwargs"].get("column"), *expectation["kwargs"].get("column_list", [])}
        of_persons = not asked.isdisjoint({table.person, *table.pii})
        details = _COUNTS if of_persons else _DETAILS
        told = [
            f"{key.replace('_', ' ')} {str(failed.result[key])[:200]}"
            for key in details
            if failed.result.get(key) is not None
        ]
        if expectation["meta"].get("tells_rows") and not errors:
            told = _first_rows(frame, expectation["kwargs"]["unexpected_rows_query"], table)
        observed = f"could not be evaluated: {errors[0].splitlines()[0]}" if errors else ", ".join(told)
    kwargs = ", ".join(f"{key} {value}" for key, value in expectation["kwargs"].items())
    return ExpectationResult(
        expectation["meta"]["name"], expectation["severity"], not failed, f"{expectation['type']}: {kwargs}", observed
    )


def _first_rows(frame: DataFrame, query: str, table: Table) -> list[str]:
    """What a query found that asks of nobody: Great Expectations says only how many rows."""
    found = [row.asDict() for row in _asked(frame, query).limit(_MOST_TOLD).collect()]
    return [" ".join(f"{name} {'***' if name in table.pii else value}" for name, value in row.items()) for row in found]


def _asked(frame: DataFrame, query: str) -> DataFrame:
    frame.createOrReplaceTempView("slice")
    return frame.sparkSession.sql(_on_slice(query))


@cache
def context() -> Any:
    """Great Expectations without a project. Importing it takes seconds, so it waits for the first gate."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context
