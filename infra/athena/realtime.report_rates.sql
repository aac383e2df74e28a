-- Events by hour
-- Events of each type in each hour, UTC, and the windows of ten seconds in it that were unusual; the last 72 hours.
CREATE OR REPLACE VIEW realtime.report_rates AS
SELECT
  CAST("hour" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "hour",
  "event_type",
  "events",
  "unusual_windows"
FROM (
  WITH hours AS (
    SELECT
      DATE_TRUNC('HOUR', window_start) AS hour,
      event_type,
      SUM(events) AS events
    FROM realtime.event_rates AS event_rates
    WHERE
      category_id IS NULL
    GROUP BY
      DATE_TRUNC('HOUR', window_start),
      event_type
  ), unusual AS (
    SELECT
      DATE_TRUNC('HOUR', window_start) AS hour,
      metric,
      COUNT(*) AS windows
    FROM realtime.rate_anomalies AS rate_anomalies
    GROUP BY
      DATE_TRUNC('HOUR', window_start),
      metric
  )
  SELECT
    hours.hour,
    hours.event_type,
    hours.events,
    COALESCE(unusual.windows, 0) AS unusual_windows
  FROM hours
  LEFT JOIN unusual
    ON unusual.hour = hours.hour AND unusual.metric = hours.event_type
  ORDER BY
    hours.hour DESC,
    hours.event_type NULLS FIRST
  LIMIT 288
)
