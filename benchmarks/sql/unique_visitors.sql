-- A rolling period is the running total of who comes in and who leaves: of a visitor who came within it before, nothing
-- changes.
CREATE TABLE unique_visitors AS
WITH visits AS (
    SELECT user_id, day, count(*) AS events, bool_or(event_type = 'purchase') AS has_bought
    FROM clean_events WHERE event_time < getvariable('as_of') GROUP BY ALL
),
additive AS (
    SELECT day, sum(events) AS events, coalesce(any_value(sessions), 0) AS sessions,
        coalesce(any_value(new_visitors), 0) AS new_visitors
    FROM visits
    LEFT JOIN (SELECT day, count(DISTINCT coalesce(user_session, concat('user:', user_id, ':', day))) AS sessions
        FROM clean_events WHERE event_time < getvariable('as_of') GROUP BY day) USING (day)
    LEFT JOIN (SELECT CAST(first_event_time AS DATE) AS day, count(*) AS new_visitors
        FROM visitor_first_seen WHERE first_event_time < getvariable('as_of') GROUP BY ALL) USING (day)
    GROUP BY day
),
bounds AS (SELECT min(day) AS first, max(day) AS last FROM additive),
days AS (SELECT CAST(unnest(generate_series(first, last, INTERVAL 1 DAY)) AS DATE) AS day FROM bounds),
came AS (
    SELECT day, lag(day) OVER (PARTITION BY user_id ORDER BY day) AS before, 'visitors' AS measure FROM visits
    UNION ALL SELECT day, lag(day) OVER (PARTITION BY user_id ORDER BY day), 'buyers' FROM visits WHERE has_bought
),
changes AS (
    SELECT length, measure, since, sum(sign) AS change
    FROM (
        SELECT length, measure, greatest(day, before + length) AS since, 1 AS sign FROM came,
            (VALUES (7), (28)) AS rolling(length)
        UNION ALL SELECT length, measure, day + length, -1 FROM came, (VALUES (7), (28)) AS rolling(length)
    ) GROUP BY ALL
),
running AS (
    SELECT length, measure, since, sum(change) OVER (PARTITION BY length, measure ORDER BY since) AS total FROM changes
),
rolled AS (
    SELECT length, day,
        max(CASE WHEN measure = 'visitors' THEN total END) AS visitors,
        coalesce(max(CASE WHEN measure = 'buyers' THEN total END), 0) AS buyers
    FROM (SELECT wanted.length, wanted.measure, wanted.day, total
        FROM (SELECT * FROM days, (VALUES (7), (28)) AS rolling(length),
        (VALUES ('visitors'), ('buyers')) AS measures(measure)) AS wanted
        ASOF LEFT JOIN running ON wanted.length = running.length AND wanted.measure = running.measure
            AND wanted.day >= running.since)
    GROUP BY ALL
),
calendar AS (
    SELECT 'day' AS grain, day AS period_start, visitors, buyers
        FROM (SELECT day, count(*) AS visitors, count_if(has_bought) AS buyers FROM visits GROUP BY day)
    UNION ALL
    SELECT grain, CAST(date_trunc(grain, day) AS DATE), count(DISTINCT user_id),
        count(DISTINCT user_id) FILTER (has_bought)
    FROM visits, (VALUES ('week'), ('month')) AS grains(grain) GROUP BY ALL
    UNION ALL SELECT concat('rolling_', length, 'd'), day, visitors, buyers FROM rolled
),
periods AS (
    SELECT DISTINCT grain,
        CAST(CASE WHEN grain = 'day' THEN day ELSE date_trunc(grain, day) END AS DATE) AS period_start,
        CAST(CASE WHEN grain = 'day' THEN day ELSE date_trunc(grain, day) END AS DATE) AS begins,
        CAST(CASE grain WHEN 'day' THEN day + 1 WHEN 'week' THEN date_trunc('week', day) + INTERVAL 7 DAY
            ELSE date_trunc('month', day) + INTERVAL 1 MONTH END AS DATE) AS ends
    FROM days, (VALUES ('day'), ('week'), ('month')) AS grains(grain)
    UNION ALL SELECT concat('rolling_', length, 'd'), day, day - length + 1, day + 1 FROM days,
        (VALUES (7), (28)) AS rolling(length)
),
counted AS (
    SELECT grain, period_start, coalesce(any_value(visitors), 0) AS visitors, coalesce(sum(events), 0) AS events,
        coalesce(sum(sessions), 0) AS sessions,
        coalesce(any_value(buyers), 0) AS buyers, coalesce(sum(new_visitors), 0) AS new_visitors,
        any_value(begins) < (SELECT first FROM bounds) OR any_value(ends) > getvariable('as_of') AS partial
    FROM periods LEFT JOIN calendar USING (grain, period_start) LEFT JOIN additive ON day >= begins AND day < ends
    GROUP BY ALL
)
SELECT one.grain, one.period_start, one.visitors, one.events, one.sessions, one.buyers, one.new_visitors,
    one.visitors - one.new_visitors AS returning_visitors,
    CASE WHEN one.grain = 'day' AND NOT month.partial THEN one.visitors / nullif(month.visitors, 0) END AS stickiness,
    one.partial, 'UTC' AS time_zone
FROM counted AS one LEFT JOIN counted AS month ON month.grain = 'rolling_28d' AND month.period_start = one.period_start;
