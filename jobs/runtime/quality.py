"""Great Expectations on a staged slice: the only file that imports it."""

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.sql import DataFrame

from jobs.runtime.errors import WeirError
from schemas.table import Table

SMALL = 10_000
# Its query runs in Spark whatever the engine, since it may ask other tables.
QUERY = "unexpected_rows_expectation"


@dataclass(frozen=True)
class Outcome:
    """How one expectation came out."""

    name: str
    severity: str
    success: bool
    expected: str
    observed: str


def check(table: Table, suite: Mapping[str, Any], frame: DataFrame, rows: int, views: Mapping[str, DataFrame]) -> list[Outcome]:
    """Every expectation of the suite on `frame`, in the order of the suite. Queries may name the `views`."""
    for name, view in views.items():
        view.createOrReplaceTempView(name)
    expectations: list[dict[str, Any]] = suite["expectations"]
    by_pandas = suite["meta"]["engine"] == "by_size" and rows <= SMALL
    in_pandas = [position for position, expectation in enumerate(expectations) if by_pandas and expectation["type"] != QUERY]
    in_spark = [position for position in range(len(expectations)) if position not in in_pandas]
    found: dict[int, Any] = {}
    for positions, batch in ((in_spark, lambda: _spark_batch(frame)), (in_pandas, lambda: _pandas_batch(table, frame))):
        if positions:
            found |= _validate(table, batch(), expectations, positions)
    return [_outcome(expectations[position], found[position]) for position in range(len(expectations))]


def _validate(table: Table, batch: Any, expectations: Sequence[dict[str, Any]], positions: Sequence[int]) -> dict[int, Any]:
    """Position -> result: truth values for all, then details for what failed; details for all would cost a job each."""
    results = _results(table, batch, expectations, positions, "BOOLEAN_ONLY")
    failed = [position for position, result in results.items() if not result.success]
    return results | (_results(table, batch, expectations, failed, "SUMMARY") if failed else {})


def _results(table: Table, batch: Any, expectations: Sequence[dict[str, Any]], positions: Sequence[int], detail: str) -> dict[int, Any]:
    import great_expectations as gx

    numbered = [deepcopy(expectations[position]) for position in positions]
    for position, expectation in zip(positions, numbered, strict=True):
        expectation["meta"]["position"] = position
    loaded = gx.ExpectationSuite(name=table.name, expectations=numbered)
    if len(loaded.expectations) != len(positions):
        raise WeirError(f"Great Expectations knows only {len(loaded.expectations)} of the {len(positions)} expectations of {table.name}; look for a misspelt type")
    results = batch.validate(loaded, result_format=detail).results
    return {result.expectation_config.meta["position"]: result for result in results}


def _outcome(expectation: Mapping[str, Any], result: Any) -> Outcome:
    observed = "as expected"
    if not result.success:
        errors = [str(info.get("exception_message")) for info in _exceptions(result.exception_info)]
        details = {key: result.result[key] for key in ("observed_value", "unexpected_count", "partial_unexpected_list") if result.result.get(key) is not None}
        observed = f"could not be evaluated: {errors[0]}" if errors else ", ".join(f"{key.replace('_', ' ')} {str(value)[:200]}" for key, value in details.items())
    kwargs = ", ".join(f"{key} {value}" for key, value in expectation["kwargs"].items())
    return Outcome(expectation["meta"]["name"], expectation["severity"], bool(result.success), f"{expectation['type']}: {kwargs}", observed)


def _exceptions(info: Any) -> list[Any]:
    """GX gives one exception, or one per metric; an error never raises."""
    found = [info] if "raised_exception" in (info or {}) else list((info or {}).values())
    return [one for one in found if one.get("raised_exception")]


def warm_up() -> None:
    """Import the library, which takes seconds; a run does it while Spark starts."""
    _context()


@cache
def _context() -> Any:
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _spark_batch(frame: DataFrame) -> Any:
    source = _context().data_sources.add_or_update_spark("spark", persist=False)
    return source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})


def _pandas_batch(table: Table, frame: DataFrame) -> Any:
    """The slice in the driver's memory. Ids become text, since GX compares through binary fractions; NULLs stay NULLs."""
    import pandas as pd

    kinds = {"long": "Int64", "double": "Float64", "boolean": "boolean"}
    small = pd.DataFrame([tuple(row) for row in frame.collect()], columns=frame.columns, dtype=object)
    for column in table.columns:
        is_id = column.type == "long" and (column.name == "id" or column.name.endswith("_id"))
        if column.name in small and (is_id or column.type in kinds):
            small[column.name] = small[column.name].astype("string" if is_id else kinds[column.type])
    source = _context().data_sources.add_or_update_pandas("pandas")
    return source.add_dataframe_asset("slice").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": small})
