-- Freshness of each table
-- The newest change in each table, and its age when the table was published. Later changes of the source are not included yet.
CREATE OR REPLACE VIEW cdc.report_freshness AS
SELECT
  "table",
  CAST("newest_change" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "newest_change",
  CAST("published_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "published_at",
  "hours_behind",
  "last_outcome"
FROM (
  WITH published AS (
    SELECT
      "table",
      MAX(as_of) AS newest_change,
      MAX(finished_at) AS published_at
    FROM ops.runs AS runs
    WHERE
      NOT changes_json IS NULL AND status = 'published'
    GROUP BY
      "table"
  ), ended AS (
    SELECT
      "table",
      status,
      ROW_NUMBER() OVER (PARTITION BY "table" ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM ops.runs AS runs
    WHERE
      NOT finished_at IS NULL
  )
  SELECT
    published."table",
    newest_change,
    published_at,
    TRY_CAST(DATE_DIFF('SECOND', newest_change, published_at) AS DOUBLE) / NULLIF(3600, 0) AS hours_behind,
    status AS last_outcome
  FROM published
  INNER JOIN ended
    ON published."table" = ended."table" AND newest = 1
  ORDER BY
    hours_behind DESC,
    published."table" NULLS FIRST
)
