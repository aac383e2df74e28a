WITH events AS (SELECT *, CAST(event_time AT TIME ZONE $time_zone AS DATE) AS day FROM given WHERE event_time < $as_of),
bounds AS (SELECT min(day) AS first, max(day) AS last FROM events),
days AS (SELECT CAST(unnest(generate_series(first, last, INTERVAL 1 DAY)) AS DATE) AS d FROM bounds
    WHERE first IS NOT NULL),
periods AS (
    SELECT DISTINCT 'day' AS grain, d AS period_start, d AS f, d AS l FROM days
    UNION SELECT DISTINCT 'week', CAST(date_trunc('week', d) AS DATE), CAST(date_trunc('week', d) AS DATE),
        CAST(date_trunc('week', d) + INTERVAL 6 DAY AS DATE) FROM days
    UNION SELECT DISTINCT 'month', CAST(date_trunc('month', d) AS DATE), CAST(date_trunc('month', d) AS DATE),
        last_day(d) FROM days
    UNION SELECT 'rolling_7d', d, d - 6, d FROM days
    UNION SELECT 'rolling_28d', d, d - 27, d FROM days
),
firsts AS (SELECT user_id, CAST(min(event_time) AT TIME ZONE $time_zone AS DATE) AS day FROM given GROUP BY user_id
    HAVING min(event_time) < $as_of),
counted AS (
    SELECT grain, period_start, any_value(f) AS f, any_value(l) AS l,
        count(DISTINCT user_id) AS visitors, count(user_id) AS events,
        count(DISTINCT CASE WHEN user_id IS NULL THEN NULL
            ELSE coalesce(user_session, 'user:' || user_id || ':' || CAST(event_time AT TIME ZONE 'UTC' AS DATE))
                || ' on ' || day END) AS sessions,
        count(DISTINCT CASE WHEN event_type = 'purchase' THEN user_id END) AS buyers
    FROM periods LEFT JOIN events ON day BETWEEN f AND l GROUP BY grain, period_start
),
described AS (
    SELECT counted.*, (SELECT count(*) FROM firsts WHERE day BETWEEN f AND l) AS new_visitors,
        f < (SELECT first FROM bounds) OR (CAST(l + 1 AS TIMESTAMP) AT TIME ZONE $time_zone) > $as_of AS partial
    FROM counted
)
SELECT d.grain, d.period_start, d.visitors, d.events, d.sessions, d.buyers, d.new_visitors,
    d.visitors - d.new_visitors AS returning_visitors,
    CASE WHEN d.grain = 'day' AND NOT r.partial THEN d.visitors / nullif(r.visitors, 0) END AS stickiness, d.partial,
    $time_zone AS time_zone
FROM described d LEFT JOIN described r ON r.grain = 'rolling_28d' AND r.period_start = d.period_start
