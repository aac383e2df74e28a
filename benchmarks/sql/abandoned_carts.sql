CREATE TABLE abandoned_carts AS
WITH happened AS (
    SELECT *, coalesce(user_session, concat('user:', user_id, ':', day)) AS session,
        CASE event_type WHEN 'cart' THEN 2 WHEN 'remove_from_cart' THEN 3 ELSE 4 END AS place
    FROM clean_events WHERE event_type <> 'view' AND event_time < getvariable('as_of')
),
followed AS (
    SELECT *, row_number() OVER line AS number, lag(event_type) OVER line AS type_before,
        lag(event_time) OVER line AS time_before,
        lead(event_type) OVER line AS next_type, lead(event_time) OVER line AS next_time,
        lead(session) OVER line AS next_session, lead(price) OVER line AS next_price
    FROM happened
    WINDOW line AS (PARTITION BY user_id, product_id
        ORDER BY event_time, place, price, user_session NULLS FIRST, category_id NULLS FIRST, category_code NULLS FIRST,
            brand NULLS FIRST)
),
numbered AS (
    SELECT *, sum(CASE WHEN event_type = 'cart'
            AND (type_before IS DISTINCT FROM 'cart' OR event_time > time_before + INTERVAL 8 DAY) THEN 1 ELSE 0 END)
        OVER (PARTITION BY user_id, product_id ORDER BY number) AS line
    FROM followed
),
adds AS (
    SELECT *, next_type <> 'cart' AND next_time <= event_time + INTERVAL 8 DAY AS is_ended,
        CASE WHEN coalesce(next_time, getvariable('as_of')) > event_time + INTERVAL 24 HOUR
            THEN event_time + INTERVAL 24 HOUR END AS given_up_at
    FROM numbered WHERE event_type = 'cart'
),
lines AS (
    SELECT user_id, product_id, min(event_time) AS first_cart_at, arg_min(session, number) AS first_session,
        count(*) AS adds, max(given_up_at) AS abandoned_at,
        arg_max({'at': event_time, 'category_code': category_code, 'brand': brand, 'price': price,
            'is_ended': coalesce(is_ended, false), 'type': next_type,
            'time': next_time, 'session': next_session, 'paid': next_price}, number) AS last
    FROM adds GROUP BY user_id, product_id, line
),
closed AS (
    SELECT *, CASE WHEN last.is_ended THEN last.type END AS ended_by,
        CASE WHEN last.is_ended THEN last.time
            WHEN getvariable('as_of') > last.at + INTERVAL 8 DAY THEN last.at + INTERVAL 8 DAY END AS closed_at
    FROM lines
)
SELECT user_id, product_id, first_cart_at, last.category_code AS category_code, last.brand AS brand,
    last.at AS last_cart_at, adds,
    CASE WHEN ended_by = 'purchase' THEN CASE WHEN abandoned_at IS NULL THEN 'purchased' ELSE 'recovered' END
        WHEN abandoned_at IS NOT NULL THEN 'abandoned' WHEN ended_by = 'remove_from_cart' THEN 'removed'
        ELSE 'open' END AS status,
    abandoned_at, closed_at, first_session, CASE WHEN last.is_ended THEN last.session END AS closing_session,
    (epoch_us(closed_at) - epoch_us(first_cart_at)) / 3.6e9 AS hours_to_close, last.price AS last_price,
    last.price AS value_at_risk,
    CASE WHEN ended_by = 'purchase' THEN last.paid END AS purchase_price, CAST(last.at AS DATE) AS day,
    'UTC' AS time_zone
FROM closed;
