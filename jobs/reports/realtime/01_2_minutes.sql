-- Events by minute
-- Events of each type in each minute, UTC, in the two hours up to the last published window.
-- empty: No events have come yet.
-- minute: Start of the minute, UTC.
WITH newest AS (
    SELECT max(window_start) AS last_window FROM event_rates
)
SELECT date_trunc('minute', window_start) AS minute, event_type, sum(events) AS events
FROM event_rates CROSS JOIN newest
WHERE category_id IS NULL AND window_start > last_window - INTERVAL '2' HOUR
GROUP BY date_trunc('minute', window_start), event_type
ORDER BY minute DESC, event_type
LIMIT 484
