-- All events
-- Events, incidents and blocks of the whole stream.
-- empty: No events have come yet.
-- events: Events that came in time.
-- incidents: Incidents of all rules.
-- blocked: Blocks in mode enforce.
-- would_be_blocked: Blocks in mode observe, which were only recorded.
-- unusual_windows: Windows in which the rate of an event type was unusual.
SELECT
    sum(events) AS events,
    (SELECT count(*) FROM bot_alerts) AS incidents,
    (SELECT count(*) FROM blocked_actors WHERE mode = 'enforce') AS blocked,
    (SELECT count(*) FROM blocked_actors WHERE mode = 'observe') AS would_be_blocked,
    (SELECT count(*) FROM rate_anomalies) AS unusual_windows
FROM event_rates
WHERE category_id IS NULL
HAVING count(*) > 0
