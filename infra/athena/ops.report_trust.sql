-- Data quality
-- The newest run whose rows were published or refused, and the last check of each table.
CREATE OR REPLACE VIEW ops.report_trust AS
SELECT
  "verdict",
  "expectations_passed",
  "expectations_evaluated",
  "rejected_rate",
  "rows_read",
  "rows_kept",
  "rows_rejected",
  "rows_duplicate",
  "rows_late",
  "did_not_hold",
  "run_id",
  CAST("read_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "read_at"
FROM (
  WITH checked AS (
    SELECT
      "table",
      status,
      suite_results_json,
      ROW_NUMBER() OVER (PARTITION BY "table" ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM ops.runs AS runs
    WHERE
      status IN ('published', 'refused') AND suite_results_json <> '[]'
  ), outcomes AS (
    SELECT
      COUNT(*) AS evaluated,
      SUM(CASE WHEN success THEN 1 ELSE 0 END) AS passed,
      SUM(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
      ARRAY_JOIN(
        ARRAY_SORT(
          ARRAY_AGG(
            CASE
              WHEN NOT success
              THEN CONCAT(CAST("table" AS VARCHAR), CAST(': ' AS VARCHAR), CAST(name AS VARCHAR))
            END
          ) FILTER(WHERE CASE
            WHEN NOT success
            THEN CONCAT(CAST("table" AS VARCHAR), CAST(': ' AS VARCHAR), CAST(name AS VARCHAR))
          END IS NOT NULL)
        ),
        '; '
      ) AS did_not_hold
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
  ), newest_run AS (
    SELECT
      MAX(CASE WHEN status IN ('failed', 'overtaken', 'stopped') THEN status END) AS broke_off
    FROM ops.runs AS runs
    WHERE
      run_id = (
        SELECT
          run_id
        FROM ops.runs AS runs
        WHERE
          NOT finished_at IS NULL
        ORDER BY
          started_at DESC,
          run_id DESC
        LIMIT 1
      )
  ), reading AS (
    SELECT
      run_id,
      MIN(started_at) AS read_at,
      TRY_CAST(SUM(rows_read) AS BIGINT) AS rows_read,
      TRY_CAST(SUM(rows_kept) AS BIGINT) AS rows_kept,
      TRY_CAST(SUM(rows_rejected) AS BIGINT) AS rows_rejected,
      TRY_CAST(SUM(rows_duplicate) AS BIGINT) AS rows_duplicate,
      TRY_CAST(SUM(rows_late) AS BIGINT) AS rows_late
    FROM ops.runs AS runs
    WHERE
      rows_read > 0 AND status IN ('published', 'refused')
    GROUP BY
      run_id
    ORDER BY
      read_at DESC,
      run_id DESC
    LIMIT 1
  )
  SELECT
    CASE
      WHEN NOT broke_off IS NULL
      THEN CONCAT(
        CAST('the newest run ' AS VARCHAR),
        CAST(CASE
          WHEN broke_off = 'failed'
          THEN 'failed'
          ELSE CONCAT(CAST('was ' AS VARCHAR), CAST(broke_off AS VARCHAR))
        END AS VARCHAR)
      )
      WHEN evaluated = 0
      THEN 'not checked'
      WHEN refused > 0
      THEN 'refused'
      WHEN passed < evaluated
      THEN 'good, with warnings'
      ELSE 'good'
    END AS verdict,
    passed AS expectations_passed,
    evaluated AS expectations_evaluated,
    TRY_CAST(rows_rejected AS DOUBLE) / NULLIF(rows_read, 0) AS rejected_rate,
    rows_read,
    rows_kept,
    rows_rejected,
    rows_duplicate,
    rows_late,
    NULLIF(did_not_hold, '') AS did_not_hold,
    run_id,
    read_at
  FROM outcomes
  CROSS JOIN newest_run
  CROSS JOIN reading
)
