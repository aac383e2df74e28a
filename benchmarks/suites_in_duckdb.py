"""What the suites of the shop ask, in DuckDB: the conditions on rows in one pass a table, each query by itself."""

from typing import Any

import duckdb

from expectations.queries import QUERY
from expectations.suites import suite
from jobs.runtime.spark.local_frames import MACROS, in_duckdb
from schemas.table import Table

# What a run tells its suites: of a first run, that rebuilds all days.
TOLD = """
CREATE TABLE run AS
SELECT getvariable('as_of') AS as_of, getvariable('clock') AS clock, 'UTC' AS time_zone, min(day) AS first_day, max(day) AS last_day, NULL::DATE AS since,
    (SELECT count(*) FROM judged) + (SELECT count(DISTINCT (file_id, line)) FROM reject_errors) AS rows_read,
    (SELECT count(*) FROM rejected_events) AS rows_rejected, 0 AS rows_late, (SELECT count_if(is_good) FROM judged) - count(*) AS rows_duplicate,
    '' AS remarks, NULL::TIMESTAMP AS newest_before, 28 AS period_days, 'purchases' AS metric, 10 AS k, 2 AS level,
    24 AS abandon_after_hours, 7 AS recovery_days, 24 AS funnel_window_hours
FROM clean_events;
CREATE TABLE rebuilt AS SELECT CAST(unnest(generate_series(first_day - 31, last_day, INTERVAL 1 DAY)) AS DATE) AS day FROM run;
CREATE TABLE usual_rows (day DATE, value DOUBLE, known BIGINT, usual DOUBLE, spread DOUBLE);
CREATE TABLE usual_refusals AS SELECT * FROM usual_rows;
"""


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(MACROS + TOLD)


def unmet(database: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """The names of the expectations that do not hold."""
    expectations = suite(table)["expectations"]
    database.execute(f"CREATE OR REPLACE TEMP VIEW published AS SELECT * FROM {table.stem} WHERE false")
    of_rows = {
        one["meta"]["name"]: _bad_rows(table.stem, one["type"], one["kwargs"])
        for one in expectations
        if one["type"] != QUERY
    }
    counts = database.execute(f"SELECT {', '.join(of_rows.values())} FROM {table.stem}").fetchone() or ()
    found = [name for name, count in zip(of_rows, counts, strict=True) if count]
    for one in (one for one in expectations if one["type"] == QUERY):
        query = one["kwargs"]["unexpected_rows_query"].replace("{batch}", table.stem)
        if database.execute(f"SELECT 1 FROM ({in_duckdb(query)}) LIMIT 1").fetchone():
            found.append(one["meta"]["name"])
    return found


def _bad_rows(stem: str, kind: str, asked: dict[str, Any]) -> str:
    """How many rows a condition on rows finds."""
    column = asked.get("column")
    if kind == "expect_column_values_to_not_be_null":
        return f"count_if({column} IS NULL)"
    if kind == "expect_column_values_to_be_between":
        bounds = [
            f"{column} {sign} {asked[name]}" for sign, name in (("<", "min_value"), (">", "max_value")) if name in asked
        ]
        return f"count_if({' OR '.join(bounds)})"
    if kind == "expect_column_values_to_be_in_set":
        return f"count_if({column} NOT IN ({', '.join(map(repr, asked['value_set']))}))"
    if kind == "expect_column_pair_values_a_to_be_greater_than_b":
        return f"count_if({asked['column_A']} < {asked['column_B']})"
    if kind == "expect_column_values_to_not_match_regex":
        return f"count_if(regexp_matches({column}, '{asked['regex']}'))"
    if kind == "expect_column_value_lengths_to_be_between":
        return f"count_if(length({column}) < {asked['min_value']})"
    columns = ", ".join(asked.get("column_list", [column]))
    return f"(SELECT count(*) FROM (SELECT 1 FROM {stem} GROUP BY {columns} HAVING count(*) > 1))"
