"""Known pitfalls of Great Expectations, and that the code around it avoids them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from expectations.queries import QUERY, violation_query
from jobs.runtime.errors import WeirError
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ledger import run_entry
from jobs.runtime.quality import suite_runner
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.quality.suite_queries import SuiteQueries
from jobs.runtime.spark.small_frames import literal_row
from schemas.table import Column, Table
from tests.conftest import Rows

THINGS = Table(
    "d.things",
    "one row per thing",
    (Column("thing_id", "long", "Id."), Column("name", "string", "Name."), Column("share", "double", "Share.")),
)
GOOD = [{"thing_id": 2053013550000000001, "name": "a", "share": 0.5}]


def one(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity, "meta": {"name": f"{kind} {kwargs}"}}


def check(
    rows: Rows, given: list[dict[str, Any]], *expectations: dict[str, Any], engine: str = "spark", views: Any = None
) -> list[run_entry.ExpectationResult]:
    asked = {"meta": {"engine": engine}, "expectations": list(expectations)}
    return suite_runner.check(rows(THINGS, given), Slice(THINGS, Staged(0, len(given)), "true", views or {}), asked)


def test_an_unknown_type_is_an_error_not_a_check_less(rows: Rows) -> None:
    with pytest.raises(WeirError, match="misspelt"):
        check(rows, GOOD, one("expect_column_values_to_be_beautiful", column="name"))


def test_a_column_that_is_not_there_fails_with_its_reason(rows: Rows) -> None:
    [outcome] = check(rows, GOOD, one("expect_column_values_to_not_be_null", column="colour"))
    assert not outcome.success
    assert "could not be evaluated" in outcome.observed
    assert "colour" in outcome.observed


def test_a_broken_query_fails_with_its_reason(rows: Rows) -> None:
    [outcome] = check(rows, GOOD, one(QUERY, unexpected_rows_query="SELECT * FROM {batch} WHERE colour = 1"))
    assert (outcome.success, "could not be evaluated" in outcome.observed) == (False, True)


def test_results_come_in_the_order_of_the_suite(rows: Rows) -> None:
    expectations = [
        one("expect_column_values_to_be_unique", column="thing_id"),
        one("expect_table_row_count_to_be_between", min_value=1),
        one("expect_column_values_to_not_be_null", column="name"),
        one(QUERY, unexpected_rows_query="SELECT * FROM {batch} WHERE share > 1"),
        one("expect_column_max_to_be_between", column="share", max_value=1),
    ]
    for engine in ("spark", "by_size"):
        assert [outcome.name for outcome in check(rows, GOOD, *expectations, engine=engine)] == [
            expectation["meta"]["name"] for expectation in expectations
        ]


def test_an_empty_frame_passes_column_checks_so_that_rows_are_counted_apart(rows: Rows) -> None:
    column, count = check(
        rows,
        [],
        one("expect_column_values_to_not_be_null", column="name"),
        one("expect_table_row_count_to_be_between", min_value=1),
    )
    assert (column.success, count.success) == (True, False)


def test_long_ids_are_compared_whole_by_sets_of_text_and_by_queries(rows: Rows) -> None:
    [in_set] = check(
        rows,
        GOOD,
        one("expect_column_values_to_be_in_set", column="thing_id", value_set=["2053013550000000002"]),
        engine="by_size",
    )
    [query] = check(
        rows, GOOD, one(QUERY, unexpected_rows_query="SELECT * FROM {batch} WHERE thing_id < 2053013550000000002")
    )
    assert (in_set.success, query.success) == (False, False)


def test_nan_needs_an_upper_bound(rows: Rows, spark: Any) -> None:
    frame = spark.sql("SELECT 1L AS thing_id, 'a' AS name, double('NaN') AS share")
    suite = [
        one("expect_column_values_to_be_between", column="share", min_value=0, **more)
        for more in ({}, {"max_value": 1})
    ]
    asked = {"meta": {"engine": "spark"}, "expectations": suite}
    open_ended, bounded = suite_runner.check(frame, Slice(THINGS, Staged(0, 1), "true", {}), asked)
    assert (open_ended.success, bounded.success) == (True, False)


def test_a_failed_expectation_shows_the_observed_value(rows: Rows) -> None:
    [outcome] = check(rows, GOOD, one("expect_column_values_to_be_in_set", column="name", value_set=["b"]))
    assert "unexpected count 1" in outcome.observed
    assert "['a']" in outcome.observed
    assert "value_set ['b']" in outcome.expected


def test_queries_may_ask_the_tables_that_the_run_read(rows: Rows, spark: Any) -> None:
    query = "SELECT m.thing_id FROM {batch} AS m CROSS JOIN run WHERE m.share > run.most"
    for most, success in ((1.0, True), (0.1, False)):
        for engine in ("spark", "by_size"):
            [outcome] = check(
                rows,
                GOOD,
                one(QUERY, unexpected_rows_query=query),
                engine=engine,
                views={"run": literal_row(spark, {"most": most})},
            )
            assert outcome.success is success


NAMES = ["a", "A", "aB", " a", "a ", "a\n", "a b", "\x0ba", "a\x0b", "", "é", "it's", "a\\b", None]
SHARES = [0.0, -0.5, 1.0, 1.5, math.nan, math.inf, -math.inf, None]
OF_ROWS = [
    one("expect_column_values_to_not_be_null", column="name"),
    one("expect_column_values_to_be_in_set", column="name", value_set=["a", "it's", "a\\b"]),
    one("expect_column_values_to_be_in_set", column="thing_id", value_set=[1]),
    one("expect_column_values_to_be_between", column="share", min_value=0),
    one("expect_column_values_to_be_between", column="share", min_value=0, max_value=1),
    one("expect_column_values_to_be_between", column="share", max_value=1.25),
    one("expect_column_value_lengths_to_be_between", column="name", min_value=1),
    one("expect_column_value_lengths_to_be_between", column="name", max_value=1),
    one("expect_column_values_to_not_match_regex", column="name", regex=r"[A-Z]|^[\s\x0B]|[\s\x0B]$|^$|\ufffd"),
    one(
        "expect_column_pair_values_a_to_be_greater_than_b",
        column_A="thing_id",
        column_B="share",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    ),
]


def test_a_condition_on_rows_finds_what_great_expectations_does(rows: Rows, spark: Any) -> None:
    things = [{"thing_id": 2, "name": name, "share": 0.5} for name in NAMES] + [
        {"thing_id": 1, "name": "a", "share": share} for share in SHARES
    ]
    frame = rows(THINGS, things)
    frame.createOrReplaceTempView("slice")
    results = suite_runner._results(
        frame, THINGS, [{**one, "meta": {"position": at}} for at, one in enumerate(OF_ROWS)], "SUMMARY"
    )
    queries = [str(violation_query(one)).replace("{batch}", "slice") for one in OF_ROWS]
    by_spark = [spark.sql(query).count() for query in queries]
    assert by_spark == [results[at].result["unexpected_count"] for at in range(len(OF_ROWS))]
    assert 0 not in by_spark


@pytest.mark.parametrize(
    "more",
    [
        {"mostly": 0.9},
        {"row_condition": "share > 1", "condition_parser": "spark"},
        {"strict_min": True},
        {"max_value": "2019-10-01"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_asked_in_other_words_is_left_to_great_expectations(more: dict[str, Any]) -> None:
    assert violation_query(one("expect_column_values_to_be_between", column="share", min_value=0)) is not None
    assert violation_query(one("expect_column_values_to_be_between", column="share", min_value=0, **more)) is None
    assert violation_query(one("expect_column_values_to_not_be_null", column="share", **more)) is None


def test_expectations_are_copied_not_changed(rows: Rows) -> None:
    expectation = one("expect_column_values_to_not_be_null", column="name")
    before = repr(expectation)
    check(rows, GOOD, expectation)
    check(rows, GOOD, expectation)
    assert repr(expectation) == before


def test_suites_side_by_side_have_their_own_views(rows: Rows, spark: Any) -> None:
    others = replace(THINGS, name="lake.others")
    queries = [
        SuiteQueries(rows(THINGS, GOOD * size), Slice(table, Staged(0, size), "true", {"name": spark.range(size)}))
        for table, size in ((THINGS, 2), (others, 3))
    ]
    # `name` is a view, and a column of the slice.
    query = "SELECT name, name.id FROM {batch} JOIN name"
    assert [one.run(query).count() for one in queries] == [4, 9]
