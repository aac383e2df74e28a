-- Brands: actual and expected buyers
-- Buyers of each brand divided by the buyers expected at the rates of the other brands (1 = as expected), with 95 % intervals. Brands with a gap first, then by missed revenue; at most 100 in the table, 20 in the chart.
CREATE OR REPLACE VIEW ecommerce.report_brand_gaps AS
WITH comparable AS (
  SELECT
    brand,
    SUM(viewers) AS n
  FROM ecommerce.brand_category_gaps AS brand_category_gaps
  WHERE
    peers_viewers > 0
  GROUP BY
    brand
), shares AS (
  SELECT
    g.brand,
    n,
    TRY_CAST(actual AS DOUBLE) / NULLIF(NULLIF(n, 0), 0) AS p,
    3.841458820694124E0 AS zz
  FROM ecommerce.brand_gaps AS g
  JOIN comparable AS c
    ON g.brand = c.brand
), bounds AS (
  SELECT
    brand,
    n,
    CAST((
      p + CAST(zz AS DOUBLE) / NULLIF((
        2 * n
      ), 0)
    ) AS DOUBLE) / NULLIF((
      1 + CAST(zz AS DOUBLE) / NULLIF(n, 0)
    ), 0) AS middle,
    CAST(SQRT(
      zz * (
        CAST(p * (
          1 - p
        ) AS DOUBLE) / NULLIF(n, 0) + CAST(zz AS DOUBLE) / NULLIF((
          4 * n * n
        ), 0)
      )
    ) AS DOUBLE) / NULLIF((
      1 + CAST(zz AS DOUBLE) / NULLIF(n, 0)
    ), 0) AS half
  FROM shares
  WHERE
    n > 0
)
SELECT
  g.brand,
  primary_class,
  missed_revenue,
  missed_buyers,
  ratio,
  CAST(GREATEST(TRY_CAST(0 AS DOUBLE), middle - half) * n AS DOUBLE) / NULLIF(NULLIF(expected, 0), 0) AS ratio_low,
  CAST((
    middle + half
  ) * n AS DOUBLE) / NULLIF(NULLIF(expected, 0), 0) AS ratio_high,
  viewers,
  buyers,
  v2c,
  c2p,
  v2p,
  exposure_index,
  rank,
  COUNT(*) OVER () AS brands
FROM ecommerce.brand_gaps AS g
LEFT JOIN bounds AS b
  ON g.brand = b.brand
ORDER BY
  CASE primary_class WHEN 'healthy' THEN 1 WHEN 'insufficient_data' THEN 2 ELSE 0 END NULLS FIRST,
  rank NULLS FIRST
LIMIT 100
