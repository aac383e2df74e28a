CREATE TABLE cart_abandonment AS
WITH lines AS (
    SELECT *, status IN ('abandoned', 'recovered') AS is_left,
        list_position(['purchased', 'recovered', 'abandoned', 'open', 'removed'], status) AS place FROM abandoned_carts
),
valued AS (
    SELECT day, coalesce(sum(value_at_risk), 0) AS value_at_risk,
        coalesce(sum(value_at_risk) FILTER (is_left), 0) AS left_value,
        coalesce(sum(value_at_risk) FILTER (status = 'abandoned'), 0) AS abandoned_value,
        coalesce(sum(value_at_risk) FILTER (status = 'abandoned' AND closed_at IS NULL), 0) AS winnable_value,
        coalesce(sum(purchase_price) FILTER (status = 'recovered'), 0) AS recovered_value
    FROM lines GROUP BY day
),
products AS (
    SELECT day, coalesce(user_session, concat('user:', user_id, ':', day)) AS session, product_id,
        max(event_time) FILTER (event_type = 'cart') AS added,
        max(event_time) FILTER (event_type = 'purchase') AS bought,
        max(event_time) FILTER (event_type <> 'cart') AS settled
    FROM clean_events WHERE event_type <> 'view' AND event_time < getvariable('as_of') GROUP BY ALL
),
sessions AS (
    SELECT day, bool_or(coalesce(settled < added, true)) AS is_left,
        bool_or(coalesce(bought >= added, false)) AS is_bought
    FROM products WHERE added IS NOT NULL GROUP BY day, session
),
statuses AS (
    SELECT day, 'line' AS grain, status FROM lines
    UNION ALL SELECT day, 'user', ['purchased', 'recovered', 'abandoned', 'open', 'removed'][min(place)] FROM lines
        GROUP BY day, user_id
    UNION ALL SELECT day, 'session',
        CASE WHEN is_left THEN 'abandoned' WHEN is_bought THEN 'purchased' ELSE 'removed' END FROM sessions
),
counted AS (
    SELECT day, grain, count(*) AS carts, count_if(status = 'purchased') AS purchased,
        count_if(status = 'recovered') AS recovered,
        count_if(status = 'removed') AS removed, count_if(status = 'abandoned') AS abandoned,
        count_if(status = 'open') AS open
    FROM statuses GROUP BY ALL
)
SELECT day, grain, carts, purchased, CASE WHEN grain <> 'session' THEN recovered END AS recovered, removed,
    abandoned, CASE WHEN grain <> 'session' THEN open END AS open,
    abandoned / nullif(purchased + recovered + abandoned, 0) AS abandonment_rate_final,
    (abandoned + recovered) / nullif(purchased + recovered + abandoned, 0) AS abandonment_rate_initial,
    CASE WHEN grain <> 'session' THEN recovered / nullif(recovered + abandoned, 0) END AS recovery_rate,
    value_at_risk, left_value, abandoned_value, winnable_value, recovered_value,
    getvariable('as_of') >= day + INTERVAL 1 DAY + INTERVAL 24 HOUR + INTERVAL 7 DAY AS final, 'UTC' AS time_zone
FROM counted LEFT JOIN (SELECT *, unnest(['line', 'user']) AS grain FROM valued) AS valued USING (day, grain);
