CREATE TABLE brand_gaps AS
WITH cells AS (
    SELECT *, mantel_haenszel(carters, viewers, peers_carters, peers_viewers) AS v2c_cell,
        mantel_haenszel(carted_buyers, carters, peers_carted_buyers, peers_carters) AS c2p_cell,
        mantel_haenszel(buyers, viewers, peers_buyers, peers_viewers) AS v2p_cell
    FROM brand_category_gaps
),
brands AS (
    SELECT brand, level, period_start, period_end, time_zone, count(*) AS categories, sum(viewers) AS viewers,
        sum(carters) AS carters, sum(carted_buyers) AS carted_buyers,
        sum(buyers) AS buyers, sum(unviewed_buyers) AS unviewed_buyers, sum(revenue) AS revenue,
        sum(peers_revenue) AS peers_revenue, sum(views) AS views,
        sum(category_views) AS category_views, sum(products) AS products, sum(category_products) AS category_products,
        coalesce(sum(peers_viewers) FILTER (viewers > 0), 0) AS peers_viewers,
        sum(peers_buyers + peers_unviewed_buyers) AS peers_payers,
        coalesce(sum(buyers) FILTER (peers_viewers > 0), 0) AS actual,
        coalesce(fsum(viewers * peers_buyers / nullif(peers_viewers, 0)), 0) AS expected,
        fsum(v2c_cell.excess) / sqrt(nullif(fsum(v2c_cell.variance), 0)) AS v2c_z,
        fsum(c2p_cell.excess) / sqrt(nullif(fsum(c2p_cell.variance), 0)) AS c2p_z,
        fsum(v2p_cell.excess) / sqrt(nullif(fsum(v2p_cell.variance), 0)) AS v2p_z,
        least(fsum(v2c_cell.done), fsum(v2c_cell.missed), fsum(v2c_cell.others_done),
            fsum(v2c_cell.others_missed)) AS v2c_least,
        least(fsum(c2p_cell.done), fsum(c2p_cell.missed), fsum(c2p_cell.others_done),
            fsum(c2p_cell.others_missed)) AS c2p_least,
        least(fsum(v2p_cell.done), fsum(v2p_cell.missed), fsum(v2p_cell.others_done),
            fsum(v2p_cell.others_missed)) AS v2p_least
    FROM cells GROUP BY ALL
),
rated AS (
    SELECT *, views * category_products / nullif(category_views * products, 0) AS exposure_index,
        viewers >= 100 AND peers_viewers >= 100 AS has_viewers,
        greatest(0, expected - actual) AS missed_buyers,
        coalesce(revenue / nullif(buyers + unviewed_buyers, 0),
            peers_revenue / nullif(peers_payers, 0)) AS revenue_per_buyer
    FROM brands
),
tested AS (
    SELECT *, CASE WHEN has_viewers AND v2c_least >= 5 - 1e-9 THEN two_sided_p(v2c_z) END AS v2c_p,
        CASE WHEN has_viewers AND c2p_least >= 5 - 1e-9 THEN two_sided_p(c2p_z) END AS c2p_p,
        CASE WHEN has_viewers AND v2p_least >= 5 - 1e-9 THEN two_sided_p(v2p_z) END AS v2p_p,
        CAST(missed_buyers * coalesce(revenue_per_buyer, 0) AS DECIMAL(38, 2)) AS missed_revenue
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
SELECT brand, row_number() OVER (ORDER BY missed_revenue DESC, viewers DESC, brand) AS rank, categories, viewers,
    carters, carted_buyers, buyers, unviewed_buyers, revenue,
    carters / nullif(viewers, 0) AS v2c, v2c_z, v2c_p, v2c_q, carted_buyers / nullif(carters, 0) AS c2p, c2p_z, c2p_p,
    c2p_q, buyers / nullif(viewers, 0) AS v2p, v2p_z, v2p_p, v2p_q,
    actual, expected, actual / nullif(expected, 0) AS ratio, missed_buyers, revenue_per_buyer, missed_revenue,
    exposure_index, flags.*, level, period_start, period_end, time_zone
FROM (SELECT *, classified(v2c_q, v2c_z, c2p_q, c2p_z, v2p_q, v2p_z, exposure_index) AS flags FROM judged);
