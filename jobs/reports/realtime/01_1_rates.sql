-- Events by hour
-- Events of each type in each hour, UTC, and the windows of ten seconds in it that were unusual; the last 72 hours.
-- empty: No events have come yet.
-- hour: Start of the hour, UTC.
-- unusual_windows: Windows in which the rate of this event type was unusual.
WITH hours AS (
    SELECT date_trunc('hour', window_start) AS hour, event_type, sum(events) AS events
    FROM event_rates
    WHERE category_id IS NULL
    GROUP BY date_trunc('hour', window_start), event_type
), unusual AS (
    SELECT date_trunc('hour', window_start) AS hour, metric, count(*) AS windows
    FROM rate_anomalies
    GROUP BY date_trunc('hour', window_start), metric
)
SELECT hours.hour, hours.event_type, hours.events, coalesce(unusual.windows, 0) AS unusual_windows
FROM hours LEFT JOIN unusual ON unusual.hour = hours.hour AND unusual.metric = hours.event_type
ORDER BY hours.hour DESC, hours.event_type
LIMIT 288
