-- Unusual rates
-- The 25 latest windows of ten seconds in which an event type had too many or too few events.
CREATE OR REPLACE VIEW realtime.report_unusual_rates AS
SELECT
  CAST("window_start" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "window_start",
  "metric",
  "value",
  "expected_low",
  "expected_high",
  "score",
  "direction"
FROM (
  SELECT
    window_start,
    metric,
    value,
    GREATEST(expected_low, 0) AS expected_low,
    expected_high,
    score,
    direction
  FROM realtime.rate_anomalies AS rate_anomalies
  ORDER BY
    window_start DESC,
    metric NULLS FIRST
  LIMIT 25
)
