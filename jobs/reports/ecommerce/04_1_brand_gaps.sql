-- Brands: actual and expected buyers
-- Buyers of each brand divided by the buyers expected at the rates of the other brands (1 = as expected), with 95 %
--    intervals. Brands with a gap first, then by missed revenue; at most 100 in the table, 20 in the chart.
-- empty: No brand has views in the period yet.
-- ratio: actual / expected buyers; below 1, the brand sells to fewer of its viewers than its peers do.
-- ratio_low: Lower bound of ratio: the lower bound of actual / viewers (Wilson, 95 %), times viewers / expected.
-- ratio_high: Upper bound of ratio, likewise.
-- brands: Total number of brands.
WITH comparable AS (
    SELECT brand, sum(viewers) AS n FROM brand_category_gaps WHERE peers_viewers > 0 GROUP BY brand
),
shares AS (
    SELECT g.brand, n, CAST(actual AS DOUBLE) / nullif(n, 0) AS p, 3.841458820694124E0 AS zz
    FROM brand_gaps g JOIN comparable c ON g.brand = c.brand
),
bounds AS (
    SELECT
        brand,
        n,
        (p + zz / (2 * n)) / (1 + zz / n) AS middle,
        sqrt(zz * (p * (1 - p) / n + zz / (4 * n * n))) / (1 + zz / n) AS half
    FROM shares
    WHERE n > 0
)
SELECT
    g.brand,
    primary_class,
    missed_revenue,
    missed_buyers,
    ratio,
    greatest(CAST(0 AS DOUBLE), middle - half) * n / nullif(expected, 0) AS ratio_low,
    (middle + half) * n / nullif(expected, 0) AS ratio_high,
    viewers,
    buyers,
    v2c,
    c2p,
    v2p,
    exposure_index,
    rank,
    count(*) OVER () AS brands
FROM brand_gaps g LEFT JOIN bounds b ON g.brand = b.brand
ORDER BY CASE primary_class WHEN 'healthy' THEN 1 WHEN 'insufficient_data' THEN 2 ELSE 0 END, rank
LIMIT 100
