-- Expectations and results
-- The last check of each table; failed expectations first.
-- empty: No tables have been checked yet.
-- table: The table.
-- expectation: Name of the expectation.
-- severity: critical: a failure refuses the table. warning: a failure is reported.
-- passed: Whether it passed.
-- expected: The expectation as passed to Great Expectations.
-- observed: Observed values; details only for failures; for a query, the number of rows that it returned.
-- checked_at: End of the run that checked it, UTC.
WITH checked AS (
    SELECT
        `table`,
        finished_at,
        suite_results_json,
        row_number() OVER (PARTITION BY `table` ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM runs
    WHERE status IN ('published', 'refused') AND suite_results_json <> '[]'
)
SELECT `table`, name AS expectation, severity, success AS passed, observed, expected, finished_at AS checked_at
FROM checked LATERAL VIEW inline(
    from_json(suite_results_json,
        'array<struct<name:string,severity:string,success:boolean,expected:string,observed:string>>')
) o AS name, severity, success, expected, observed
WHERE newest = 1
ORDER BY success, severity, `table`, expectation
