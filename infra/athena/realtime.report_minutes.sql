-- Events by minute
-- Events of each type in each minute, UTC, in the two hours up to the last published window.
CREATE OR REPLACE VIEW realtime.report_minutes AS
SELECT
  CAST("minute" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "minute",
  "event_type",
  "events"
FROM (
  WITH newest AS (
    SELECT
      MAX(window_start) AS last_window
    FROM realtime.event_rates AS event_rates
  )
  SELECT
    DATE_TRUNC('MINUTE', window_start) AS minute,
    event_type,
    SUM(events) AS events
  FROM realtime.event_rates AS event_rates
  CROSS JOIN newest
  WHERE
    category_id IS NULL AND window_start > last_window - INTERVAL '2' HOUR
  GROUP BY
    DATE_TRUNC('MINUTE', window_start),
    event_type
  ORDER BY
    minute DESC,
    event_type NULLS FIRST
  LIMIT 484
)
