CREATE TABLE visitor_first_seen AS
SELECT user_id, min(event_time) AS first_event_time FROM clean_events GROUP BY user_id;
