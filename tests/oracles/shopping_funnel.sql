WITH events AS (SELECT *, CAST(event_time AT TIME ZONE $time_zone AS DATE) AS day FROM given WHERE event_time < $as_of),
entries AS (SELECT user_id, product_id, day, min(event_time) AS entry,
    min(event_time) + to_hours($funnel_window_hours) AS ends
    FROM events WHERE event_type = 'view' GROUP BY ALL),
carted AS (SELECT entries.*,
    (SELECT min(event_time) FROM events e WHERE e.user_id = entries.user_id AND e.product_id = entries.product_id
    AND e.event_type = 'cart' AND e.event_time BETWEEN entry AND ends) AS cart FROM entries),
bought AS (SELECT carted.*,
    (SELECT min(event_time) FROM events e WHERE e.user_id = carted.user_id AND e.product_id = carted.product_id
    AND e.event_type = 'purchase' AND e.event_time BETWEEN cart AND ends) AS purchase FROM carted),
steps AS (
    SELECT day, 'view' AS step, count(*) AS entered, NULL AS came, 0 AS pending, NULL AS median_seconds FROM bought
        GROUP BY day
    UNION ALL
    SELECT day, 'cart', count(cart), count(*), count(*) FILTER (WHERE cart IS NULL AND ends >= $as_of),
        median((epoch_us(cart) - epoch_us(entry)) / 1e6) FROM bought GROUP BY day
    UNION ALL
    SELECT day, 'purchase', count(purchase), count(cart),
        count(cart) FILTER (WHERE purchase IS NULL AND ends >= $as_of),
        median((epoch_us(purchase) - epoch_us(cart)) / 1e6) FROM bought GROUP BY day
)
SELECT day, step, entered, entered / nullif(came, 0) AS step_rate,
    entered / max(entered) FILTER (WHERE step = 'view') OVER (PARTITION BY day) AS overall_rate,
    coalesce(came - entered - pending, 0) AS drop_off, median_seconds, pending, $time_zone AS time_zone
FROM steps
