-- Cart outcomes per day
-- Products added to carts, by the local day of the last add and the outcome up to as_of; at most the last 366 days.
CREATE OR REPLACE VIEW ecommerce.report_carts AS
SELECT
  day,
  carts,
  purchased,
  recovered,
  abandoned,
  open,
  removed,
  abandonment_rate_initial,
  recovery_rate,
  final
FROM ecommerce.cart_abandonment AS cart_abandonment
WHERE
  grain = 'line'
  AND day > (
    SELECT
      DATE_ADD('DAY', -366, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
    FROM ecommerce.cart_abandonment AS cart_abandonment
  )
ORDER BY
  day NULLS FIRST
