"""Great Expectations on a staged slice: the only file that imports it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from expectations.suites import QUERY, joined
from jobs.frames import in_memory
from jobs.runtime.errors import WeirError
from schemas.table import Table

SMALL = 10_000
_DETAILS = ("observed_value", "unexpected_count", "partial_unexpected_list")
_COUNTS = ("unexpected_count",)
_MOST_TOLD = 5


@dataclass(frozen=True)
class Outcome:
    """How one expectation came out."""

    name: str
    severity: str
    success: bool
    expected: str
    observed: str


def check(table: Table, suite: Mapping[str, Any], frame: DataFrame, rows: int, views: Mapping[str, DataFrame]) -> list[Outcome]:
    """Every expectation of the suite on `frame`, in the order of the suite. Its queries may name the `views`."""
    for name, view in views.items():
        view.createOrReplaceTempView(name)
    numbered = [{**one, "meta": {**one["meta"], "positions": [position]}} for position, one in enumerate(suite["expectations"])]
    is_small = suite["meta"]["engine"] == "by_size" and rows <= SMALL
    in_pandas = [one for one in numbered if is_small and one["type"] != QUERY]
    results: dict[int, Any] = {}
    for batch_of, expectations in ((_spark_batch, [one for one in numbered if one not in in_pandas]), (_pandas_batch, in_pandas)):
        if expectations:
            batch = batch_of(table, frame)
            with _worked_out_once(frame, joined(expectations)):
                results |= _results(batch, table, joined(expectations), "BOOLEAN_ONLY")
            # Details cost a job for each expectation: only for what failed.
            failed = [one for one in expectations if not results[one["meta"]["positions"][0]].success]
            results |= _results(batch, table, failed, "SUMMARY") if failed else {}
    return [_outcome(table, one, results[position], frame) for position, one in enumerate(numbered)]


@contextmanager
def _worked_out_once(frame: DataFrame, expectations: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Great Expectations asks a query for its rows, then for their number: what Spark holds meanwhile it does not ask again.

    Spark knows a query again by what it says, so the batch has the name here that it has there.
    """
    frame.createOrReplaceTempView("tmp_view")
    queries = [one["kwargs"]["unexpected_rows_query"].replace("{batch}", "tmp_view") for one in expectations if one["type"] == QUERY]
    held = []
    with suppress(PySparkException):  # what is wrong with a query Great Expectations tells, and as a result
        held = [frame.sparkSession.sql(query).persist() for query in queries]
    try:
        yield
    finally:
        for one in held:
            one.unpersist()


def _results(batch: Any, table: Table, expectations: Sequence[dict[str, Any]], detail: str) -> dict[int, Any]:
    """Results by position: they come grouped, not in the order of the suite."""
    import great_expectations as gx

    loaded = gx.ExpectationSuite(name=table.name, expectations=list(expectations))
    if len(loaded.expectations) != len(expectations):
        raise WeirError(f"Great Expectations knows {len(loaded.expectations)} of {len(expectations)} expectations of {table.name}: is a type misspelt?")
    results = batch.validate(loaded, result_format=detail).results
    return {position: result for result in results for position in result.expectation_config.meta["positions"]}


def _outcome(table: Table, expectation: Mapping[str, Any], result: Any, frame: DataFrame) -> Outcome:
    observed = "as expected"
    if not result.success:
        # An error never raises; GX hands over one, or one for each metric.
        info = result.exception_info or {}
        errors = [one["exception_message"] for one in ([info] if "raised_exception" in info else info.values()) if one["raised_exception"]]
        # What is told is recorded for good: no values by which a person could be known.
        of_persons = table.person in (expectation["kwargs"].get("column"), *expectation["kwargs"].get("column_list", []))
        details = _COUNTS if of_persons else _DETAILS
        told = [f"{key.replace('_', ' ')} {str(result.result[key])[:200]}" for key in details if result.result.get(key) is not None]
        if expectation["meta"].get("tells_rows") and not errors:
            told = _first_rows(frame, expectation["kwargs"]["unexpected_rows_query"])
        observed = f"could not be evaluated: {errors[0].splitlines()[0]}" if errors else ", ".join(told)
    kwargs = ", ".join(f"{key} {value}" for key, value in expectation["kwargs"].items())
    return Outcome(expectation["meta"]["name"], expectation["severity"], bool(result.success), f"{expectation['type']}: {kwargs}", observed)


def _first_rows(frame: DataFrame, query: str) -> list[str]:
    """What a query found that asks of nobody: Great Expectations says only how many rows."""
    frame.createOrReplaceTempView("tmp_view")
    found = frame.sparkSession.sql(query.replace("{batch}", "tmp_view")).limit(_MOST_TOLD).collect()
    return [" ".join(f"{name} {value}" for name, value in row.asDict().items()) for row in found]


@cache
def context() -> Any:
    """Great Expectations without a project. Importing it takes seconds, so it waits for the first gate."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _spark_batch(_: Table, frame: DataFrame) -> Any:
    return _batch(context().data_sources.add_or_update_spark("spark", persist=False), frame)


def _pandas_batch(table: Table, frame: DataFrame) -> Any:
    return _batch(context().data_sources.add_or_update_pandas("pandas"), in_memory(frame, table))


def _batch(source: Any, frame: Any) -> Any:
    return source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
