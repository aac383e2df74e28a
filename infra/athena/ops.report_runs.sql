-- Recent runs
-- Duration and outcome of each run; rows read and the estimated cost on AWS Glue are in the data table. The 28 days up to the newest run; at most 200 runs.
CREATE OR REPLACE VIEW ops.report_runs AS
SELECT
  CAST("started_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "started_at",
  "job",
  "ended",
  "seconds",
  "dollars",
  "tables_published",
  "rows_read",
  "rows_kept",
  "rows_rejected",
  "rows_duplicate",
  "rows_late",
  "run_id",
  "message"
FROM (
  WITH recent AS (
    SELECT
      *
    FROM ops.runs AS runs
    WHERE
      started_at > (
        SELECT
          MAX(started_at)
        FROM ops.runs AS runs
      ) - INTERVAL '28' DAY
  )
  SELECT
    started_at,
    job,
    CASE
      WHEN MAX(finished_at) IS NULL
      THEN 'started'
      WHEN SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) > 0
      THEN 'failed'
      WHEN SUM(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) > 0
      THEN 'refused'
      WHEN SUM(CASE WHEN status = 'overtaken' THEN 1 ELSE 0 END) > 0
      THEN 'overtaken'
      WHEN SUM(CASE WHEN status = 'stopped' THEN 1 ELSE 0 END) > 0
      THEN 'stopped'
      WHEN SUM(CASE WHEN status = 'published' THEN 1 ELSE 0 END) > 0
      THEN 'published'
      ELSE 'no_change'
    END AS ended,
    DATE_DIFF('SECOND', started_at, MAX(finished_at)) AS seconds,
    MAX(dpu_hours_estimate) * 0.44 AS dollars,
    SUM(CASE WHEN status = 'published' THEN 1 ELSE 0 END) AS tables_published,
    MAX(rows_read) AS rows_read,
    MAX(rows_kept) AS rows_kept,
    MAX(rows_rejected) AS rows_rejected,
    MAX(rows_duplicate) AS rows_duplicate,
    MAX(rows_late) AS rows_late,
    run_id,
    REGEXP_REPLACE(
      MIN(
        CASE
          WHEN message NOT LIKE 'refused with %' AND message NOT LIKE 'reads %'
          THEN message
        END
      ),
      '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+',
      '***@***'
    ) AS message
  FROM recent
  GROUP BY
    run_id,
    job,
    started_at
  ORDER BY
    started_at DESC,
    run_id DESC
  LIMIT 200
)
