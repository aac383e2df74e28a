-- From view to cart to purchase
-- Products that a visitor viewed, and how many of these the same visitor added to the cart and bought within funnel_window_hours; totals of at most the last 28 days.
CREATE OR REPLACE VIEW ecommerce.report_funnel AS
WITH steps AS (
  SELECT
    step,
    CASE step WHEN 'view' THEN 1 WHEN 'cart' THEN 2 ELSE 3 END AS position,
    SUM(entered) AS entered,
    SUM(drop_off) AS drop_off,
    SUM(pending) AS pending,
    MIN(day) AS first_day,
    MAX(day) AS last_day
  FROM ecommerce.shopping_funnel AS shopping_funnel
  WHERE
    day > (
      SELECT
        DATE_ADD('DAY', -28, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
      FROM ecommerce.shopping_funnel AS shopping_funnel
    )
  GROUP BY
    step
)
SELECT
  step,
  entered,
  TRY_CAST(entered AS DOUBLE) / NULLIF(NULLIF(LAG(entered) OVER (ORDER BY position NULLS FIRST), 0), 0) AS step_rate,
  TRY_CAST(entered AS DOUBLE) / NULLIF(NULLIF(MAX(entered) OVER (), 0), 0) AS overall_rate,
  drop_off,
  pending,
  first_day,
  last_day
FROM steps
ORDER BY
  position NULLS FIRST
