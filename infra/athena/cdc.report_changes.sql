-- Row changes per day
-- Rows inserted, updated and deleted by the runs of each UTC day, over all tables; at most the last 60 days with changes.
CREATE OR REPLACE VIEW cdc.report_changes AS
WITH kinds AS (
  SELECT
    TRY_CAST(started_at AS DATE) AS day,
    kind,
    of_kind
  FROM ops.runs AS runs
  CROSS JOIN UNNEST(CAST(JSON_PARSE(changes_json) AS ARRAY(ROW(about VARCHAR, kind VARCHAR, rows BIGINT)))) AS o(about, kind, of_kind)
  WHERE
    status = 'published' AND NOT changes_json IS NULL AND about = 'row'
)
SELECT
  day,
  SUM(CASE WHEN kind = 'inserted' THEN of_kind ELSE 0 END) AS inserted,
  SUM(CASE WHEN kind = 'updated' THEN of_kind ELSE 0 END) AS updated,
  SUM(CASE WHEN kind = 'deleted' THEN of_kind ELSE 0 END) AS deleted
FROM kinds
WHERE
  day > (
    SELECT
      DATE_ADD('DAY', -60, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
    FROM kinds
  )
GROUP BY
  day
ORDER BY
  day NULLS FIRST
