CREATE TABLE visitor_days AS
WITH happened AS (
    SELECT user_id, day, event_type, coalesce(user_session, concat('user:', user_id, ':', day)) AS session
    FROM clean_events WHERE event_time < getvariable('as_of')
)
SELECT day, user_id, events, purchases, coalesce(sessions, 0) AS sessions, 'UTC' AS time_zone
FROM (SELECT day, user_id, count(*) AS events, count_if(event_type = 'purchase') AS purchases FROM happened
    GROUP BY ALL)
LEFT JOIN (SELECT day, user_id, count(*) AS sessions
    FROM (SELECT day, session, min(user_id) AS user_id FROM happened GROUP BY ALL) GROUP BY ALL) USING (day, user_id);
