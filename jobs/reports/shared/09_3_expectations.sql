-- What was expected of the tables, and what was seen
-- Each table when it was last checked; first what did not hold.
-- empty: No table has been checked yet.
-- table: The table.
-- expectation: What must hold.
-- severity: critical: refuses the table when it does not hold. Warning: is told.
-- held: Whether it did.
-- expected: The expectation as Great Expectations asks it.
-- observed: What was seen; details only of what did not hold, for a query the number of rows that it found.
-- checked_at: When the run that checked it ended, UTC.
WITH checked AS (
    SELECT
        `table`,
        finished_at,
        suite_results_json,
        row_number() OVER (PARTITION BY `table` ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM runs
    WHERE status IN ('published', 'refused') AND suite_results_json <> '[]'
)
SELECT `table`, name AS expectation, severity, success AS held, observed, expected, finished_at AS checked_at
FROM checked LATERAL VIEW inline(
    from_json(suite_results_json, 'array<struct<name:string,severity:string,success:boolean,expected:string,observed:string>>')
) o AS name, severity, success, expected, observed
WHERE newest = 1
ORDER BY success, severity, `table`, expectation
