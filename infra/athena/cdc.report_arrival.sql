-- Late and repeated changes
-- Outcome of the changes of each table, in the runs of the last 28 days. Late and repeated changes do not affect the current rows; they show how reliable the feed is.
CREATE OR REPLACE VIEW cdc.report_arrival AS
WITH recent AS (
  SELECT
    *
  FROM ops.runs AS runs
  WHERE
    NOT changes_json IS NULL
    AND status = 'published'
    AND started_at > (
      SELECT
        MAX(started_at)
      FROM ops.runs AS runs
    ) - INTERVAL '28' DAY
)
SELECT
  "table",
  SUM(rows_read) AS changes_read,
  SUM(rows_kept) AS applied,
  SUM(rows_late) AS stale,
  SUM(rows_duplicate) AS replayed,
  SUM(rows_rejected) AS rejected
FROM recent
GROUP BY
  "table"
ORDER BY
  changes_read DESC,
  "table" NULLS FIRST
