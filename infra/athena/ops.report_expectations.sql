-- Expectations and results
-- The last check of each table; failed expectations first.
CREATE OR REPLACE VIEW ops.report_expectations AS
SELECT
  "table",
  "expectation",
  "severity",
  "passed",
  "observed",
  "expected",
  CAST("checked_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "checked_at"
FROM (
  WITH checked AS (
    SELECT
      "table",
      finished_at,
      suite_results_json,
      ROW_NUMBER() OVER (PARTITION BY "table" ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM ops.runs AS runs
    WHERE
      status IN ('published', 'refused') AND suite_results_json <> '[]'
  )
  SELECT
    "table",
    name AS expectation,
    severity,
    success AS passed,
    observed,
    expected,
    finished_at AS checked_at
  FROM checked
  CROSS JOIN UNNEST(CAST(JSON_PARSE(suite_results_json) AS ARRAY(
    ROW(
      name VARCHAR,
      severity VARCHAR,
      success BOOLEAN,
      expected VARCHAR,
      observed VARCHAR
    )
  ))) AS o(name, severity, success, expected, observed)
  WHERE
    newest = 1
  ORDER BY
    success NULLS FIRST,
    severity NULLS FIRST,
    "table" NULLS FIRST,
    expectation NULLS FIRST
)
