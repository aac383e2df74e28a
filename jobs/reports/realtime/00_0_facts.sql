-- About this report
-- Events are counted by the time they happened, in UTC. Keys of incidents are personal data and are not shown.
-- empty: No events have come yet.
-- first_window: Start of the first window of ten seconds, UTC.
-- last_window: Start of the last published window, UTC.
SELECT min(window_start) AS first_window, max(window_start) AS last_window
FROM event_rates
HAVING count(*) > 0
