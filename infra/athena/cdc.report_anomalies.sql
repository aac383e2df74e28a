-- What is odd about the changes
-- Changes of the last 28 days that have a problem and were refused, or that do not fit what the table had, such as an insert of a row that is there, and were applied all the same.
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
    about IN ('problem', 'remark')
  GROUP BY
    "table",
    kind,
    about
  ORDER BY
    changes DESC,
    "table" NULLS FIRST,
    anomaly NULLS FIRST
)
