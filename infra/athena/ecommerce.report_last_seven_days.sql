-- The last seven days
-- The newest seven complete local days; below each number, the change from the seven days before. Carts are those of the newest seven days without open carts.
CREATE OR REPLACE VIEW ecommerce.report_last_seven_days AS
WITH latest AS (
  SELECT
    period_start AS last_day,
    partial
  FROM ecommerce.unique_visitors AS unique_visitors
  WHERE
    grain = 'rolling_7d'
  ORDER BY
    partial NULLS FIRST,
    period_start DESC
  LIMIT 1
), settled AS (
  SELECT
    TRY_CAST(COALESCE(
      DATE_ADD('DAY', -1, CAST(CAST(MIN(CASE WHEN open > 0 THEN day END) AS TIMESTAMP) AS DATE)),
      MAX(day)
    ) AS DATE) AS last_day_of_carts
  FROM ecommerce.cart_abandonment AS cart_abandonment
  WHERE
    grain = 'line'
), weeks AS (
  SELECT
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN visitors END) AS visitors,
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start < last_day THEN visitors END) AS visitors_before,
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN new_visitors END) AS new_visitors,
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start < last_day THEN new_visitors END) AS new_visitors_week_before,
    MAX(CASE WHEN grain = 'rolling_28d' AND period_start < last_day THEN 1 END) AS has_history,
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN buyers END) AS buyers,
    MAX(CASE WHEN grain = 'rolling_7d' AND period_start < last_day THEN buyers END) AS buyers_before
  FROM ecommerce.unique_visitors AS unique_visitors
  CROSS JOIN latest
  WHERE
    grain IN ('rolling_7d', 'rolling_28d')
    AND (
      period_start = last_day
      OR (
        period_start = DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND NOT unique_visitors.partial
      )
    )
), carts AS (
  SELECT
    SUM(CASE WHEN is_new THEN abandoned + recovered ELSE 0 END) AS left_lines,
    SUM(CASE WHEN is_new THEN abandoned + recovered + purchased ELSE 0 END) AS decided,
    SUM(CASE WHEN is_new THEN left_value ELSE 0 END) AS left_value,
    SUM(CASE WHEN is_new THEN abandoned_value ELSE 0 END) AS abandoned_value,
    SUM(CASE WHEN is_new THEN recovered_value ELSE 0 END) AS recovered_value,
    SUM(CASE WHEN NOT is_new THEN abandoned + recovered ELSE 0 END) AS left_lines_before,
    SUM(CASE WHEN NOT is_new THEN abandoned + recovered + purchased ELSE 0 END) AS decided_before,
    SUM(CASE WHEN NOT is_new THEN left_value ELSE 0 END) AS left_value_before
  FROM (
    SELECT
      *,
      day > DATE_ADD('DAY', -7, CAST(CAST(last_day_of_carts AS TIMESTAMP) AS DATE)) AS is_new
    FROM ecommerce.cart_abandonment AS cart_abandonment
    CROSS JOIN settled
    WHERE
      grain = 'line'
      AND day > DATE_ADD('DAY', -14, CAST(CAST(last_day_of_carts AS TIMESTAMP) AS DATE))
      AND day <= last_day_of_carts
  ) AS two_weeks
), known AS (
  SELECT
    MIN(CASE WHEN grain = 'day' THEN period_start END) AS first_day
  FROM ecommerce.unique_visitors AS unique_visitors
)
SELECT
  visitors,
  visitors_before,
  new_visitors,
  CASE WHEN has_history = 1 THEN new_visitors_week_before END AS new_visitors_before,
  buyers,
  buyers_before,
  TRY_CAST(buyers AS DOUBLE) / NULLIF(NULLIF(visitors, 0), 0) AS buyer_rate,
  TRY_CAST(buyers_before AS DOUBLE) / NULLIF(NULLIF(visitors_before, 0), 0) AS buyer_rate_before,
  TRY_CAST(left_lines AS DOUBLE) / NULLIF(NULLIF(decided, 0), 0) AS abandonment_rate,
  CASE
    WHEN DATE_ADD('DAY', -13, CAST(CAST(last_day_of_carts AS TIMESTAMP) AS DATE)) >= first_day
    THEN TRY_CAST(left_lines_before AS DOUBLE) / NULLIF(NULLIF(decided_before, 0), 0)
  END AS abandonment_rate_before,
  COALESCE(left_value, 0) AS left_value,
  CASE
    WHEN DATE_ADD('DAY', -13, CAST(CAST(last_day_of_carts AS TIMESTAMP) AS DATE)) >= first_day
    THEN COALESCE(left_value_before, 0)
  END AS left_value_before,
  COALESCE(abandoned_value, 0) AS abandoned_value,
  COALESCE(recovered_value, 0) AS recovered_value,
  last_day,
  last_day_of_carts,
  partial
FROM latest
CROSS JOIN settled
CROSS JOIN weeks
CROSS JOIN carts
CROSS JOIN known
