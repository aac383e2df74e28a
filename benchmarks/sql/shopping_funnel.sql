-- Few pairs are carted: each first view looks for the next cart, and each cart knows the purchase next after it.
CREATE TABLE shopping_funnel AS
WITH events AS (SELECT user_id, product_id, day, event_time, event_type FROM clean_events
    WHERE event_time < getvariable('as_of')),
entries AS (SELECT user_id, product_id, day, min(event_time) AS entry FROM events WHERE event_type = 'view'
    GROUP BY ALL),
carts AS (
    SELECT carts.user_id, carts.product_id, carts.event_time AS cart, purchases.event_time AS purchase
    FROM (SELECT * FROM events WHERE event_type = 'cart') AS carts
        ASOF LEFT JOIN (SELECT * FROM events WHERE event_type = 'purchase') AS purchases
    ON carts.user_id = purchases.user_id AND carts.product_id = purchases.product_id
        AND carts.event_time <= purchases.event_time
),
followed AS (
    SELECT day, entry, entry + INTERVAL 24 HOUR AS ends,
        CASE WHEN cart <= entry + INTERVAL 24 HOUR THEN cart END AS cart,
        CASE WHEN cart <= entry + INTERVAL 24 HOUR AND purchase <= entry + INTERVAL 24 HOUR
            THEN purchase END AS purchase
    FROM entries ASOF LEFT JOIN carts ON entries.user_id = carts.user_id AND entries.product_id = carts.product_id
        AND entries.entry <= carts.cart
),
steps AS (
    SELECT day, 'view' AS step, count(*) AS entered, NULL AS came, 0 AS pending, NULL AS median_seconds FROM followed
        GROUP BY day
    UNION ALL
    SELECT day, 'cart', count(cart), count(*), count_if(cart IS NULL AND ends >= getvariable('as_of')),
        median((epoch_us(cart) - epoch_us(entry)) / 1e6) FROM followed GROUP BY day
    UNION ALL
    SELECT day, 'purchase', count(purchase), count(cart),
        count_if(cart IS NOT NULL AND purchase IS NULL AND ends >= getvariable('as_of')),
        median((epoch_us(purchase) - epoch_us(cart)) / 1e6) FROM followed GROUP BY day
)
SELECT day, step, entered, entered / nullif(came, 0) AS step_rate,
    entered / max(entered) FILTER (step = 'view') OVER (PARTITION BY day) AS overall_rate,
    coalesce(came - entered - pending, 0) AS drop_off, median_seconds, pending, 'UTC' AS time_zone
FROM steps;
