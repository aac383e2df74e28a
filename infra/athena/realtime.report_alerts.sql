-- Latest alerts
-- The 25 latest alerts: incidents of a rule that were raised, went on or were resolved within a minute.
CREATE OR REPLACE VIEW realtime.report_alerts AS
SELECT
  CAST("alerted_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "alerted_at",
  "rule",
  "state",
  "severity",
  "incidents"
FROM (
  SELECT
    alerted_at,
    rule,
    state,
    severity,
    incidents
  FROM realtime.alerts AS alerts
  ORDER BY
    alerted_at DESC,
    rule NULLS FIRST,
    state NULLS FIRST
  LIMIT 25
)
