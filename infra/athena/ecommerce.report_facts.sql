-- About this report
-- Days are local days of the time zone; times are in UTC.
CREATE OR REPLACE VIEW ecommerce.report_facts AS
SELECT
  "time_zone",
  "first_day",
  "last_day",
  CAST("as_of" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "as_of",
  "run_id"
FROM (
  WITH days AS (
    SELECT
      MIN(time_zone) AS time_zone,
      MIN(period_start) AS first_day,
      MAX(period_start) AS last_day
    FROM ecommerce.unique_visitors AS unique_visitors
    WHERE
      grain = 'day'
  ), published AS (
    SELECT
      as_of,
      run_id
    FROM ops.runs AS runs
    WHERE
      "table" = 'ecommerce.unique_visitors' AND status = 'published'
    ORDER BY
      finished_at DESC,
      run_id DESC
    LIMIT 1
  )
  SELECT
    time_zone,
    first_day,
    last_day,
    as_of,
    run_id
  FROM days
  LEFT JOIN published
    ON TRUE
  WHERE
    NOT first_day IS NULL
)
