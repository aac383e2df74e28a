"""Evaluate an expectation suite on staged rows. The only module that imports Great Expectations."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from expectations.queries import QUERY, combine_queries, violation_query
from jobs.runtime.errors import WeirError
from jobs.runtime.ledger.run_entry import ExpectationResult
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.quality.suite_queries import SuiteQueries
from jobs.runtime.spark.arrow_conversion import to_pandas
from jobs.runtime.spark.threads import cached
from schemas.table import Table

SMALL = 10_000
_DETAILS = ("observed_value", "unexpected_count", "partial_unexpected_list")
_DETAILS_WITHOUT_VALUES = ("unexpected_count",)
_MAX_ROWS_SHOWN = 5
# Great Expectations gives its batch a temporary view of one name, and its data sources are those of one context.
_GREAT_EXPECTATIONS = Lock()


def check(staged: DataFrame, checked: Slice, suite: Mapping[str, Any]) -> list[ExpectationResult]:
    """Evaluate the suite on the staged rows of the slice. Returns one result per expectation, in suite order."""
    numbered = [
        {**expectation, "meta": {**expectation["meta"], "position": position}}
        for position, expectation in enumerate(suite["expectations"])
    ]
    table, rows = checked.table, checked.staged.rows
    by_pandas = suite["meta"]["engine"] == "by_size" and rows <= SMALL
    # An expectation whose violation query finds no row has passed. Great Expectations itself evaluates only small
    # slices, since it scans the data once per expectation.
    queries = {
        position: query
        for position, expectation in enumerate(numbered)
        if (query := violation_query(expectation)) and (expectation["type"] == QUERY or not by_pandas)
    }
    frame = staged.persist() if rows <= SMALL else staged  # a table scan costs more than caching a few rows
    try:
        unqueried = [expectation for position, expectation in enumerate(numbered) if position not in queries]
        # Details take a Spark job per expectation, and a single query takes two: evaluated only for failures.
        failed = _failed(to_pandas(frame, table) if by_pandas else frame, table, unqueried)
        suite_queries = SuiteQueries(frame, checked)
        doubtful = sorted(_queries_with_rows(suite_queries, queries)) if queries else []
        renamed = [suite_queries.renamed_expectation(numbered[position]) for position in doubtful]
        failed |= _failures(_results(frame, table, renamed, "SUMMARY"))
        return [
            _to_result(expectation, failed.get(position), suite_queries)
            for position, expectation in enumerate(numbered)
        ]
    finally:
        frame.unpersist()


def _failed(frame: Any, table: Table, expectations: Sequence[dict[str, Any]]) -> dict[int, Any]:
    """The results of failed expectations by position, with details."""
    failures = _failures(_results(frame, table, expectations, "BOOLEAN_ONLY"))
    failed = [expectation for expectation in expectations if expectation["meta"]["position"] in failures]
    return _results(frame, table, failed, "SUMMARY")


def _failures(results: Mapping[int, Any]) -> dict[int, Any]:
    return {position: result for position, result in results.items() if not result.success}


def _queries_with_rows(suite_queries: SuiteQueries, queries: Mapping[int, str]) -> set[int]:
    """The positions of queries that find a row; all if one is invalid, since Great Expectations then reports which."""
    try:
        return {row.found for row in suite_queries.run(combine_queries(queries)).collect()} - {None}
    except PySparkException:
        return set(queries)


def _results(frame: Any, table: Table, expectations: Sequence[dict[str, Any]], detail: str) -> dict[int, Any]:
    """Results by position, for a Spark or pandas frame. Great Expectations returns them grouped, not in suite order."""
    if not expectations:
        return {}
    import great_expectations as gx

    loaded = gx.ExpectationSuite(name=table.name, expectations=list(expectations))
    if len(loaded.expectations) != len(expectations):
        raise WeirError(
            f"Great Expectations knows {len(loaded.expectations)} of {len(expectations)} expectations of {table.name}:"
            " is a type misspelt?"
        )
    with _GREAT_EXPECTATIONS:
        sources = context().data_sources
        source = (
            sources.add_or_update_spark("spark", persist=False)
            if isinstance(frame, DataFrame)
            else sources.add_or_update_pandas("pandas")
        )
        definition = source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all")
        results = definition.get_batch({"dataframe": frame}).validate(loaded, result_format=detail).results
    return {result.expectation_config.meta["position"]: result for result in results}


def _to_result(expectation: Mapping[str, Any], failed: Any, suite_queries: SuiteQueries) -> ExpectationResult:
    """`failed` is the result of Great Expectations for a failed expectation, None for a passed one."""
    observed = _observed(expectation, failed, suite_queries) if failed else "as expected"
    kwargs = ", ".join(f"{key} {value}" for key, value in expectation["kwargs"].items())
    return ExpectationResult(
        expectation["meta"]["name"], expectation["severity"], not failed, f"{expectation['type']}: {kwargs}", observed
    )


def _observed(expectation: Mapping[str, Any], failed: Any, suite_queries: SuiteQueries) -> str:
    """What a failed expectation observed, or the error that prevented its evaluation."""
    # Great Expectations never raises: it returns one error, or one per metric.
    info = failed.exception_info or {}
    errors = [
        error["exception_message"]
        for error in ([info] if "raised_exception" in info else info.values())
        if error["raised_exception"]
    ]
    if errors:
        return f"could not be evaluated: {errors[0].splitlines()[0]}"
    if expectation["meta"].get("tells_rows"):
        return ", ".join(_first_rows(suite_queries, expectation["kwargs"]["unexpected_rows_query"]))
    # The result is stored, so it must not contain values of columns with personal data.
    table = suite_queries.table
    columns = {expectation["kwargs"].get("column"), *expectation["kwargs"].get("column_list", [])}
    has_pii = not columns.isdisjoint({*table.persons, *table.pii})
    return ", ".join(
        f"{key.replace('_', ' ')} {str(failed.result[key])[:200]}"
        for key in (_DETAILS_WITHOUT_VALUES if has_pii else _DETAILS)
        if failed.result.get(key) is not None
    )


def _first_rows(suite_queries: SuiteQueries, query: str) -> list[str]:
    """The first rows that a query finds, PII columns masked: Great Expectations returns only their number."""
    rows = [row.asDict() for row in suite_queries.run(query).limit(_MAX_ROWS_SHOWN).collect()]
    pii = suite_queries.table.pii
    return [" ".join(f"{name} {'***' if name in pii else value}" for name, value in row.items()) for row in rows]


@cached
def context() -> Any:
    """A Great Expectations context without a project. The import takes seconds, so it is done on first use."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context
