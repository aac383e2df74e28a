-- The last seven days
-- The newest seven whole local days; below each number, how it changed against the seven days before.
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
), weeks AS (
  SELECT
    MAX(CASE WHEN period_start = last_day THEN visitors END) AS visitors,
    MAX(CASE WHEN period_start < last_day THEN visitors END) AS visitors_before,
    MAX(CASE WHEN period_start = last_day THEN new_visitors END) AS new_visitors,
    MAX(CASE WHEN period_start < last_day THEN new_visitors END) AS new_visitors_before,
    MAX(CASE WHEN period_start = last_day THEN buyers END) AS buyers,
    MAX(CASE WHEN period_start < last_day THEN buyers END) AS buyers_before
  FROM ecommerce.unique_visitors AS unique_visitors
  CROSS JOIN latest
  WHERE
    grain = 'rolling_7d'
    AND (
      period_start = last_day
      OR (
        period_start = DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND NOT unique_visitors.partial
      )
    )
), carts AS (
  SELECT
    SUM(
      CASE
        WHEN day > DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status IN ('abandoned', 'recovered')
        THEN 1
        ELSE 0
      END
    ) AS abandoned,
    SUM(
      CASE
        WHEN day > DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status IN ('abandoned', 'recovered', 'purchased')
        THEN 1
        ELSE 0
      END
    ) AS decided,
    SUM(
      CASE
        WHEN day > DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status = 'abandoned'
        THEN value_at_risk
        ELSE 0
      END
    ) AS abandoned_value,
    SUM(
      CASE
        WHEN day > DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status = 'recovered'
        THEN purchase_price
        ELSE 0
      END
    ) AS recovered_value,
    SUM(
      CASE
        WHEN day <= DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status IN ('abandoned', 'recovered')
        THEN 1
        ELSE 0
      END
    ) AS abandoned_before,
    SUM(
      CASE
        WHEN day <= DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status IN ('abandoned', 'recovered', 'purchased')
        THEN 1
        ELSE 0
      END
    ) AS decided_before,
    SUM(
      CASE
        WHEN day <= DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status = 'abandoned'
        THEN value_at_risk
        ELSE 0
      END
    ) AS abandoned_value_before,
    SUM(
      CASE
        WHEN day <= DATE_ADD('DAY', -7, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
        AND status = 'recovered'
        THEN purchase_price
        ELSE 0
      END
    ) AS recovered_value_before
  FROM ecommerce.abandoned_carts AS abandoned_carts
  CROSS JOIN latest
  WHERE
    day > DATE_ADD('DAY', -14, CAST(CAST(last_day AS TIMESTAMP) AS DATE))
    AND day <= last_day
)
SELECT
  last_day,
  partial,
  visitors,
  visitors_before,
  new_visitors,
  new_visitors_before,
  buyers,
  buyers_before,
  TRY_CAST(buyers AS DOUBLE) / NULLIF(NULLIF(visitors, 0), 0) AS buyer_rate,
  TRY_CAST(buyers_before AS DOUBLE) / NULLIF(NULLIF(visitors_before, 0), 0) AS buyer_rate_before,
  TRY_CAST(abandoned AS DOUBLE) / NULLIF(NULLIF(decided, 0), 0) AS abandonment_rate,
  CASE
    WHEN NOT visitors_before IS NULL
    THEN TRY_CAST(abandoned_before AS DOUBLE) / NULLIF(NULLIF(decided_before, 0), 0)
  END AS abandonment_rate_before,
  COALESCE(abandoned_value, 0) AS abandoned_value,
  CASE WHEN NOT visitors_before IS NULL THEN COALESCE(abandoned_value_before, 0) END AS abandoned_value_before,
  COALESCE(recovered_value, 0) AS recovered_value,
  CASE WHEN NOT visitors_before IS NULL THEN COALESCE(recovered_value_before, 0) END AS recovered_value_before
FROM latest
CROSS JOIN weeks
CROSS JOIN carts
