-- Anomalous changes
-- Changes of the last 28 days that were rejected because of a problem, or that contradict the table, such as an insert of an existing row, and were applied anyway.
CREATE OR REPLACE VIEW cdc.report_anomalies AS
SELECT
  "table",
  "anomaly",
  "refused",
  "changes",
  CAST("last_seen" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_seen"
FROM (
  WITH recent AS (
    SELECT
      "table",
      started_at,
      changes_json
    FROM ops.runs AS runs
    WHERE
      NOT changes_json IS NULL
      AND NOT finished_at IS NULL
      AND started_at > (
        SELECT
          MAX(started_at)
        FROM ops.runs AS runs
      ) - INTERVAL '28' DAY
  )
  SELECT
    "table",
    kind AS anomaly,
    about = 'problem' AS refused,
    SUM(of_kind) AS changes,
    MAX(started_at) AS last_seen
  FROM recent
  CROSS JOIN UNNEST(CAST(JSON_PARSE(changes_json) AS ARRAY(ROW(about VARCHAR, kind VARCHAR, rows BIGINT)))) AS o(about, kind, of_kind)
  WHERE
    about IN ('problem', 'remark') AND kind <> 'key_change'
  GROUP BY
    "table",
    kind,
    about
  ORDER BY
    changes DESC,
    "table" NULLS FIRST,
    anomaly NULLS FIRST
)
