-- About this report
-- Events are counted by the time they happened, in UTC. Keys of incidents are personal data and are not shown.
CREATE OR REPLACE VIEW realtime.report_facts AS
SELECT
  CAST("first_window" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_window",
  CAST("last_window" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_window"
FROM (
  SELECT
    MIN(window_start) AS first_window,
    MAX(window_start) AS last_window
  FROM realtime.event_rates AS event_rates
  HAVING
    COUNT(*) > 0
)
