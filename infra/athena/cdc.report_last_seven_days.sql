-- The last seven days
-- Changes applied by the runs of the last seven days with runs, over all tables.
CREATE OR REPLACE VIEW cdc.report_last_seven_days AS
WITH applied AS (
  SELECT
    run_id,
    "table",
    rows_read,
    rows_late,
    rows_duplicate,
    rows_rejected,
    changes_json
  FROM ops.runs AS runs
  WHERE
    NOT changes_json IS NULL
    AND status = 'published'
    AND started_at > (
      SELECT
        MAX(started_at)
      FROM ops.runs AS runs
      WHERE
        NOT changes_json IS NULL AND status = 'published'
    ) - INTERVAL '7' DAY
), kinds AS (
  SELECT
    SUM(CASE WHEN kind = 'inserted' THEN of_kind END) AS inserted,
    SUM(CASE WHEN kind = 'updated' THEN of_kind END) AS updated,
    SUM(CASE WHEN kind = 'deleted' THEN of_kind END) AS deleted
  FROM applied
  CROSS JOIN UNNEST(CAST(JSON_PARSE(changes_json) AS ARRAY(ROW(about VARCHAR, kind VARCHAR, rows BIGINT)))) AS o(about, kind, of_kind)
  WHERE
    about = 'row'
), totals AS (
  SELECT
    SUM(rows_read) AS changes_read,
    SUM(rows_late) AS stale,
    SUM(rows_duplicate) AS replayed,
    SUM(rows_rejected) AS rejected
  FROM applied
)
SELECT
  changes_read,
  COALESCE(inserted, 0) AS inserted,
  COALESCE(updated, 0) AS updated,
  COALESCE(deleted, 0) AS deleted,
  TRY_CAST(stale AS DOUBLE) / NULLIF(changes_read, 0) AS stale_rate,
  TRY_CAST(replayed AS DOUBLE) / NULLIF(changes_read, 0) AS replayed_rate,
  TRY_CAST(rejected AS DOUBLE) / NULLIF(changes_read, 0) AS rejected_rate
FROM totals
CROSS JOIN kinds
WHERE
  changes_read > 0
