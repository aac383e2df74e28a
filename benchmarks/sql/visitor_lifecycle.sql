CREATE TABLE visitor_lifecycle AS
WITH weeks AS (
    SELECT DISTINCT user_id, CAST(date_trunc('week', event_time) AS DATE) AS week FROM clean_events
        WHERE event_time < getvariable('as_of')
),
active_weeks AS (
    SELECT user_id, week, lag(week) OVER visitor AS before, lead(week) OVER visitor AS after FROM weeks
        WINDOW visitor AS (PARTITION BY user_id ORDER BY week)
),
members AS (
    SELECT week, CASE WHEN week = CAST(date_trunc('week', first_event_time) AS DATE) THEN 'new'
        WHEN before = week - 7 THEN 'retained' ELSE 'resurrected' END AS state
    FROM active_weeks JOIN visitor_first_seen USING (user_id)
    UNION ALL SELECT week + 7, 'churned' FROM active_weeks WHERE after IS DISTINCT FROM week + 7
),
counted AS (SELECT week, state, count(*) AS visitors FROM members GROUP BY ALL),
wanted AS (
    SELECT CAST(unnest(generate_series(min(week), max(week), INTERVAL 7 DAY)) AS DATE) AS week FROM weeks
)
SELECT week, state, coalesce(visitors, 0) AS visitors,
    week < (SELECT min(CAST(event_time AS DATE)) FROM clean_events)
        OR week + INTERVAL 7 DAY > getvariable('as_of') AS partial, 'UTC' AS time_zone
FROM wanted CROSS JOIN (VALUES ('new'), ('retained'), ('resurrected'), ('churned')) AS states(state)
    LEFT JOIN counted USING (week, state);
