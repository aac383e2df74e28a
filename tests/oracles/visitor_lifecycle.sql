WITH days AS (SELECT user_id, CAST(event_time AT TIME ZONE $time_zone AS DATE) AS day FROM given
    WHERE event_time < $as_of),
active AS (SELECT DISTINCT user_id, CAST(date_trunc('week', day) AS DATE) AS week FROM days),
weeks AS (SELECT CAST(unnest(generate_series(min(week), max(week), INTERVAL 7 DAY)) AS DATE) AS week FROM active),
members AS (
    SELECT week, 'new' AS state, user_id FROM active a
        WHERE NOT EXISTS (SELECT 1 FROM active b WHERE b.user_id = a.user_id AND b.week < a.week)
    UNION ALL SELECT week, 'retained', user_id FROM active a
        WHERE EXISTS (SELECT 1 FROM active b WHERE b.user_id = a.user_id AND b.week = a.week - 7)
    UNION ALL SELECT week, 'resurrected', user_id FROM active a
        WHERE EXISTS (SELECT 1 FROM active b WHERE b.user_id = a.user_id AND b.week < a.week - 7)
        AND NOT EXISTS (SELECT 1 FROM active b WHERE b.user_id = a.user_id AND b.week = a.week - 7)
    UNION ALL SELECT week + 7, 'churned', user_id FROM active a
        WHERE NOT EXISTS (SELECT 1 FROM active b WHERE b.user_id = a.user_id AND b.week = a.week + 7)
)
SELECT w.week, s.state, count(m.user_id) AS visitors,
    w.week < (SELECT min(day) FROM days) OR (CAST(w.week + 7 AS TIMESTAMP) AT TIME ZONE $time_zone) > $as_of AS partial,
    $time_zone AS time_zone
FROM weeks w CROSS JOIN (VALUES ('new'), ('retained'), ('resurrected'), ('churned')) s(state)
LEFT JOIN members m ON m.week = w.week AND m.state = s.state
GROUP BY w.week, s.state
