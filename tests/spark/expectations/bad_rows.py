"""Good rows of every table that is written, and a violation of each expectation of its suite."""

from typing import Any

from expectations.queries import QUERY
from expectations.schema_expectations import readable_text, text_columns
from expectations.suites import suite
from schemas.table import Table
from tests.spark.expectations import planted, planted_changes, planted_events, planted_marts

Row = dict[str, Any]


def breaking(table: Table, expectation: Row) -> Row:
    """The violation of an expectation of a mart: planted for a query, otherwise derived from the expectation."""
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if kind == QUERY:
        return planted_marts.BROKEN_BY[table][expectation["meta"]["name"]]
    if kind.endswith("unique"):
        return {"repeats": kwargs.get("column_list") or [kwargs["column"]]}
    if kind.endswith("not_be_null"):
        return {"row": {kwargs["column"]: None}}
    if kind.endswith("in_set"):
        return {"row": {kwargs["column"]: 99 if isinstance(kwargs["value_set"][0], int) else "another"}}
    if "pair" in kind:
        return {"row": {kwargs["column_B"]: 10**6}}
    assert kind == "expect_column_values_to_be_between"
    return {"row": {kwargs["column"]: kwargs["max_value"] + 1 if "max_value" in kwargs else kwargs["min_value"] - 1}}


def unreadable(table: Table) -> dict[str, Row]:
    """The violation of the expectation that follows from the text columns of the schema."""
    return {one["meta"]["name"]: {"row": {text_columns(table)[0]: "a\0b"}} for one in readable_text(table)}


GOOD = {**planted_events.GOOD, **planted_changes.GOOD, **planted.GOOD}
BAD = {
    **{
        table: {**unreadable(table), **breaks}
        for planted_rows in (planted_events.BAD, planted_changes.BAD, planted.BAD)
        for table, breaks in planted_rows.items()
    },
    **{
        table: {one["meta"]["name"]: breaking(table, one) for one in suite(table)["expectations"]}
        for table in planted_marts.BROKEN_BY
    },
}
