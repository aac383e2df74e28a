"""Great Expectations on a staged slice: the only file that imports it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from expectations.suites import QUERY, all_in_one
from jobs.runtime.errors import WeirError
from jobs.small import Files, as_arrow, can_answer, finding, in_pandas
from schemas.table import Table

SMALL = 10_000
_DETAILS = ("observed_value", "unexpected_count", "partial_unexpected_list")
_COUNTS = ("unexpected_count",)
_MOST_TOLD = 5
_UNIQUE = {"expect_column_values_to_be_unique": "column", "expect_compound_columns_to_be_unique": "column_list"}


@dataclass(frozen=True)
class Outcome:
    """How one expectation came out."""

    name: str
    severity: str
    success: bool
    expected: str
    observed: str


def check(
    table: Table, suite: Mapping[str, Any], frame: DataFrame, rows: int, views: Mapping[str, DataFrame], *, large: Mapping[str, Files | None]
) -> list[Outcome]:
    """Every expectation of the suite on `frame`, in the order of the suite. Its queries may name the `views`.

    `large` are those that are not to be read into this process, as files where only Spark can read them as None; `slice` means the frame.
    """
    numbered = [{**one, "meta": {**one["meta"], "position": position}} for position, one in enumerate(suite["expectations"])]
    is_by_size = suite["meta"]["engine"] == "by_size"
    by_pandas, remote = is_by_size and rows <= SMALL, {name for name, files in large.items() if files is None}
    of_columns = [one for one in numbered if one["type"] != QUERY and (by_pandas or one["type"] not in _UNIQUE)]
    queries = [one for one in numbered if one not in of_columns]
    by_duckdb = [one for one in queries if is_by_size and can_answer() and not remote.intersection(_named(_query(one)))]
    by_spark = [one for one in queries if one not in by_duckdb]
    # A scan of a table costs more than its few rows, and each query that Spark is asked has one or more.
    held = frame.persist() if rows <= SMALL and (by_spark or not by_pandas) else frame
    try:
        here = as_arrow(held) if by_pandas else held
        batch = _pandas_batch(in_pandas(here, table)) if by_pandas else _spark_batch(held)
        # Details cost a job for each expectation, and a query by itself costs two: only for what failed.
        failed = _failed(batch, table, of_columns)
        found = _find(by_duckdb, {**views, "slice": here, **large})
        by_spark += [one for one in by_duckdb if found is None or one["meta"]["position"] in found]
        failed |= _queried(held, table, by_spark, views)
        return [_outcome(table, one, failed.get(position), held) for position, one in enumerate(numbered)]
    finally:
        held.unpersist()


def _query(expectation: Mapping[str, Any]) -> str:
    """What finds a row where an expectation may not hold: where no hash is there twice, no key is."""
    columns = expectation["kwargs"].get(_UNIQUE.get(expectation["type"]))
    if columns is None:
        return str(expectation["kwargs"]["unexpected_rows_query"])
    return f"SELECT 1 FROM {{batch}} GROUP BY xxhash64({', '.join(columns if isinstance(columns, list) else [columns])}) HAVING count(*) > 1"  # noqa: S608


def _named(query: str) -> list[str]:
    return re.findall(r"\w+", _on_slice(query))


def _on_slice(query: str) -> str:
    return query.replace("{batch}", "slice")


def _failed(batch: Any, table: Table, expectations: Sequence[dict[str, Any]]) -> dict[int, Any]:
    """By position the results of those that do not hold, with details."""
    results = _results(batch, table, expectations, "BOOLEAN_ONLY")
    return _results(batch, table, [one for one in expectations if not results[one["meta"]["position"]].success], "SUMMARY")


def _find(queries: Sequence[dict[str, Any]], tables: Mapping[str, Any]) -> set[int] | None:
    """Which of the queries find a row, as DuckDB has it; None where only Spark can tell."""
    return finding({one["meta"]["position"]: _on_slice(_query(one)) for one in queries}, tables) if queries else set()


def _queried(frame: DataFrame, table: Table, queries: Sequence[dict[str, Any]], views: Mapping[str, DataFrame]) -> dict[int, Any]:
    """The same of what is asked by queries. All are asked as one; where none finds a row, there is nothing more to know."""
    if not queries:
        return {}
    for name, view in views.items():
        view.createOrReplaceTempView(name)
    try:
        found = {row.found for row in _asked(frame, all_in_one({one["meta"]["position"]: _query(one) for one in queries})).collect()} - {None}
    except PySparkException:  # Great Expectations tells which one is wrong and why
        found = {one["meta"]["position"] for one in queries}
    return _results(_spark_batch(frame), table, [one for one in queries if one["meta"]["position"] in found], "SUMMARY")


def _results(batch: Any, table: Table, expectations: Sequence[dict[str, Any]], detail: str) -> dict[int, Any]:
    """Results by position: they come grouped, not in the order of the suite."""
    if not expectations:
        return {}
    import great_expectations as gx

    loaded = gx.ExpectationSuite(name=table.name, expectations=list(expectations))
    if len(loaded.expectations) != len(expectations):
        raise WeirError(f"Great Expectations knows {len(loaded.expectations)} of {len(expectations)} expectations of {table.name}: is a type misspelt?")
    results = batch.validate(loaded, result_format=detail).results
    return {result.expectation_config.meta["position"]: result for result in results}


def _outcome(table: Table, expectation: Mapping[str, Any], failed: Any, frame: DataFrame) -> Outcome:
    """`failed` is the result of what does not hold, None of what does."""
    observed = "as expected"
    if failed:
        # An error never raises; GX hands over one, or one for each metric.
        info = failed.exception_info or {}
        errors = [one["exception_message"] for one in ([info] if "raised_exception" in info else info.values()) if one["raised_exception"]]
        # What is told is recorded for good: no values by which a person could be known.
        of_persons = table.person in (expectation["kwargs"].get("column"), *expectation["kwargs"].get("column_list", []))
        details = _COUNTS if of_persons else _DETAILS
        told = [f"{key.replace('_', ' ')} {str(failed.result[key])[:200]}" for key in details if failed.result.get(key) is not None]
        if expectation["meta"].get("tells_rows") and not errors:
            told = _first_rows(frame, expectation["kwargs"]["unexpected_rows_query"])
        observed = f"could not be evaluated: {errors[0].splitlines()[0]}" if errors else ", ".join(told)
    kwargs = ", ".join(f"{key} {value}" for key, value in expectation["kwargs"].items())
    return Outcome(expectation["meta"]["name"], expectation["severity"], not failed, f"{expectation['type']}: {kwargs}", observed)


def _first_rows(frame: DataFrame, query: str) -> list[str]:
    """What a query found that asks of nobody: Great Expectations says only how many rows."""
    return [" ".join(f"{name} {value}" for name, value in row.asDict().items()) for row in _asked(frame, query).limit(_MOST_TOLD).collect()]


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


def _spark_batch(frame: DataFrame) -> Any:
    return _batch(context().data_sources.add_or_update_spark("spark", persist=False), frame)


def _pandas_batch(frame: Any) -> Any:
    return _batch(context().data_sources.add_or_update_pandas("pandas"), frame)


def _batch(source: Any, frame: Any) -> Any:
    return source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
