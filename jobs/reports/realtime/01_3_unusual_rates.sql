-- Unusual rates
-- The 25 latest windows of ten seconds in which an event type had too many or too few events.
-- empty: No rate was unusual.
-- window_start: Start of the window, UTC.
-- metric: Event type.
-- value: Events in the window.
-- expected_low: Least count that would be usual.
-- expected_high: Greatest count that would be usual.
SELECT window_start, metric, value, greatest(expected_low, 0) AS expected_low, expected_high, score, direction
FROM rate_anomalies
ORDER BY window_start DESC, metric
LIMIT 25
