-- All events
-- Events, incidents and blocks of the whole stream.
CREATE OR REPLACE VIEW realtime.report_stream AS
SELECT
  SUM(events) AS events,
  (
    SELECT
      COUNT(*)
    FROM realtime.bot_alerts AS bot_alerts
  ) AS incidents,
  (
    SELECT
      COUNT(*)
    FROM realtime.blocked_actors AS blocked_actors
    WHERE
      mode = 'enforce'
  ) AS blocked,
  (
    SELECT
      COUNT(*)
    FROM realtime.blocked_actors AS blocked_actors
    WHERE
      mode = 'observe'
  ) AS would_be_blocked,
  (
    SELECT
      COUNT(*)
    FROM realtime.rate_anomalies AS rate_anomalies
  ) AS unusual_windows
FROM realtime.event_rates AS event_rates
WHERE
  category_id IS NULL
HAVING
  COUNT(*) > 0
