CREATE TABLE brand_category_gaps AS
WITH period AS (
    SELECT greatest(CAST(getvariable('as_of') AS DATE) - 28, min(day)) AS period_start,
        CAST(getvariable('as_of') AS DATE) - 1 AS period_end FROM clean_events
),
codes AS (
    SELECT category_code,
        CASE WHEN len(string_split(category_code, '.')) >= 2
            THEN array_to_string(string_split(category_code, '.')[:2], '.')
            ELSE '(unknown)' END AS category
    FROM (SELECT DISTINCT category_code FROM clean_events)
),
events AS (
    SELECT coalesce(brand, '(none)') AS brand, coalesce(category, '(unknown)') AS category, user_id, product_id,
        event_type, price
    FROM clean_events LEFT JOIN codes USING (category_code), period WHERE day BETWEEN period_start AND period_end
),
visitors AS (
    SELECT brand, category, user_id, count_if(event_type = 'view') AS views, bool_or(event_type = 'cart') AS has_carted,
        bool_or(event_type = 'purchase') AS has_bought,
        coalesce(sum(price) FILTER (event_type = 'purchase'), 0) AS spent
    FROM events GROUP BY ALL
),
brands AS (
    SELECT brand, category, count_if(views > 0) AS viewers, count_if(views > 0 AND has_carted) AS carters,
        count_if(views > 0 AND has_carted AND has_bought) AS carted_buyers,
        count_if(views > 0 AND has_bought) AS buyers,
        count_if(views = 0 AND has_bought) AS unviewed_buyers, sum(views) AS views, sum(spent) AS revenue
    FROM visitors GROUP BY ALL
),
products AS (SELECT DISTINCT brand, category, product_id FROM events),
compared AS (
    SELECT brands.*, made.products, offered.category_products,
        sum(viewers) OVER category - viewers AS peers_viewers, sum(carters) OVER category - carters AS peers_carters,
        sum(carted_buyers) OVER category - carted_buyers AS peers_carted_buyers,
        sum(buyers) OVER category - buyers AS peers_buyers,
        sum(unviewed_buyers) OVER category - unviewed_buyers AS peers_unviewed_buyers,
        sum(revenue) OVER category - revenue AS peers_revenue,
        sum(views) OVER category AS category_views
    FROM brands JOIN (SELECT brand, category, count(*) AS products FROM products GROUP BY ALL) AS made
        USING (brand, category)
    JOIN (SELECT category, count(DISTINCT product_id) AS category_products FROM products GROUP BY ALL) AS offered
        USING (category)
    WINDOW category AS (PARTITION BY category)
),
rated AS (
    SELECT *, carters / nullif(viewers, 0) AS v2c, carted_buyers / nullif(carters, 0) AS c2p,
        buyers / nullif(viewers, 0) AS v2p,
        peers_carters / nullif(peers_viewers, 0) AS v2c_peers,
        peers_carted_buyers / nullif(peers_carters, 0) AS c2p_peers,
        peers_buyers / nullif(peers_viewers, 0) AS v2p_peers,
        pooled_z(carters, viewers, peers_carters, peers_viewers) AS v2c_z,
        pooled_z(carted_buyers, carters, peers_carted_buyers, peers_carters) AS c2p_z,
        pooled_z(buyers, viewers, peers_buyers, peers_viewers) AS v2p_z,
        least_expected(carters, viewers, peers_carters, peers_viewers) AS v2c_least,
        least_expected(carted_buyers, carters, peers_carted_buyers, peers_carters) AS c2p_least,
        least_expected(buyers, viewers, peers_buyers, peers_viewers) AS v2p_least,
        views * category_products / nullif(category_views * products, 0) AS exposure_index,
        viewers >= 100 AND peers_viewers >= 100 AS has_viewers
    FROM compared WHERE brand <> '(none)'
),
tested AS (
    SELECT *, CASE WHEN has_viewers AND v2c_least >= 5 THEN two_sided_p(v2c_z) END AS v2c_p,
        CASE WHEN has_viewers AND c2p_least >= 5 THEN two_sided_p(c2p_z) END AS c2p_p,
        CASE WHEN has_viewers AND v2p_least >= 5 THEN two_sided_p(v2p_z) END AS v2p_p
    FROM rated
),
raised AS (
    SELECT *, raised(v2c_p) AS v2c_raised,
        raised(c2p_p) AS c2p_raised,
        raised(v2p_p) AS v2p_raised
    FROM tested
),
judged AS (
    SELECT *, adjusted(v2c_p, v2c_raised) AS v2c_q,
        adjusted(c2p_p, c2p_raised) AS c2p_q,
        adjusted(v2p_p, v2p_raised) AS v2p_q
    FROM raised
)
SELECT brand, category, viewers, carters, carted_buyers, buyers, unviewed_buyers, revenue, peers_viewers, peers_carters,
    peers_carted_buyers, peers_buyers,
    peers_unviewed_buyers, peers_revenue,
    v2c, wilson_low(carters, viewers) AS v2c_low, wilson_high(carters, viewers) AS v2c_high, v2c_peers,
    v2c - v2c_peers AS v2c_gap, v2c_z, v2c_p, v2c_q,
    c2p, wilson_low(carted_buyers, carters) AS c2p_low, wilson_high(carted_buyers, carters) AS c2p_high, c2p_peers,
    c2p - c2p_peers AS c2p_gap, c2p_z, c2p_p, c2p_q,
    v2p, wilson_low(buyers, viewers) AS v2p_low, wilson_high(buyers, viewers) AS v2p_high, v2p_peers,
    v2p - v2p_peers AS v2p_gap, v2p_z, v2p_p, v2p_q,
    views, category_views, products, category_products, exposure_index, flags.*, 2 AS level, period_start, period_end,
    'UTC' AS time_zone
FROM (SELECT *, classified(v2c_q, v2c_z, c2p_q, c2p_z, v2p_q, v2p_z, exposure_index) AS flags FROM judged), period;
