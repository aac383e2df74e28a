WITH events AS (
    SELECT user_id, event_type, CAST(event_time AT TIME ZONE $time_zone AS DATE) AS day,
        coalesce(user_session, concat('user:', user_id, ':', CAST(event_time AT TIME ZONE 'UTC' AS DATE))) AS session
    FROM given WHERE event_time < $as_of
),
owners AS (SELECT day, session, min(user_id) AS user_id FROM events GROUP BY ALL)
SELECT day, user_id, count(*) AS events, count_if(event_type = 'purchase') AS purchases,
    (SELECT count(*) FROM owners WHERE owners.day = events.day AND owners.user_id = events.user_id) AS sessions,
    $time_zone AS time_zone
FROM events GROUP BY day, user_id
