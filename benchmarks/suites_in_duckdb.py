"""The shop's suites in DuckDB: row conditions in one pass per table, each query separately."""

from typing import Any

import duckdb

from expectations.queries import QUERY
from expectations.suites import suite
from jobs.runtime.spark.duckdb_sql import MACROS, to_duckdb_sql
from schemas.table import Table

# The views that a run provides to its suites, here for a first run that rebuilds all days.
RUN_VIEWS = """
CREATE TABLE run AS
SELECT getvariable('as_of') AS as_of, getvariable('clock') AS clock, 'UTC' AS time_zone,
    min(day) AS first_day, max(day) AS last_day, NULL::DATE AS since,
    (SELECT count(*) FROM judged) + (SELECT count(DISTINCT (file_id, line)) FROM reject_errors) AS rows_read,
    (SELECT count(*) FROM rejected_events) AS rows_rejected, 0 AS rows_late,
    (SELECT count_if(is_good) FROM judged) - count(*) AS rows_duplicate,
    '' AS remarks, NULL::TIMESTAMP AS newest_before, 28 AS period_days, 'purchases' AS metric, 10 AS k, 2 AS level,
    24 AS abandon_after_hours, 7 AS recovery_days, 24 AS funnel_window_hours
FROM clean_events;
CREATE TABLE rebuilt AS
SELECT day, grain
FROM (SELECT CAST(unnest(generate_series(first_day - 31, last_day, INTERVAL 1 DAY)) AS DATE) AS day FROM run),
    (SELECT unnest(['day', 'week', 'month', 'rolling_7d', 'rolling_28d']) AS grain);
CREATE TABLE usual_rows (day DATE, value DOUBLE, known BIGINT, usual DOUBLE, spread DOUBLE);
CREATE TABLE usual_refusals AS SELECT * FROM usual_rows;
"""


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(MACROS + RUN_VIEWS)


def failed_expectations(database: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """The names of the failed expectations."""
    expectations = suite(table)["expectations"]
    database.execute(f"CREATE OR REPLACE TEMP VIEW published AS SELECT * FROM {table.stem} WHERE false")
    row_counts = {
        expectation["meta"]["name"]: _bad_rows(table.stem, expectation["type"], expectation["kwargs"])
        for expectation in expectations
        if expectation["type"] != QUERY
    }
    counts = database.execute(f"SELECT {', '.join(row_counts.values())} FROM {table.stem}").fetchone() or ()
    failed = [name for name, count in zip(row_counts, counts, strict=True) if count]
    for expectation in (expectation for expectation in expectations if expectation["type"] == QUERY):
        query = expectation["kwargs"]["unexpected_rows_query"].replace("{batch}", table.stem)
        if database.execute(f"SELECT 1 FROM ({to_duckdb_sql(query)}) LIMIT 1").fetchone():
            failed.append(expectation["meta"]["name"])
    return failed


def _bad_rows(stem: str, kind: str, kwargs: dict[str, Any]) -> str:
    """An SQL aggregate that counts the rows that fail a row condition."""
    column = kwargs.get("column")
    if kind == "expect_column_values_to_not_be_null":
        return f"count_if({column} IS NULL)"
    if kind == "expect_column_values_to_be_between":
        bounds = [
            f"{column} {sign} {kwargs[name]}"
            for sign, name in (("<", "min_value"), (">", "max_value"))
            if name in kwargs
        ]
        return f"count_if({' OR '.join(bounds)})"
    if kind == "expect_column_values_to_be_in_set":
        return f"count_if({column} NOT IN ({', '.join(map(repr, kwargs['value_set']))}))"
    if kind == "expect_column_pair_values_a_to_be_greater_than_b":
        return f"count_if({kwargs['column_A']} < {kwargs['column_B']})"
    if kind == "expect_column_values_to_not_match_regex":
        return f"count_if(regexp_matches({column}, '{kwargs['regex']}'))"
    if kind == "expect_column_value_lengths_to_be_between":
        return f"count_if(length({column}) < {kwargs['min_value']})"
    columns = ", ".join(kwargs.get("column_list", [column]))
    return f"(SELECT count(*) FROM (SELECT 1 FROM {stem} GROUP BY {columns} HAVING count(*) > 1))"
