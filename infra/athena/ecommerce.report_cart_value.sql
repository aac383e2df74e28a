-- Abandoned and recovered cart value
-- Value of abandoned carts, and what was paid for abandoned products that were bought later, by the local day of the last add; at most the last 366 days, in the currency of the shop. Carts of the newest day may still be open.
CREATE OR REPLACE VIEW ecommerce.report_cart_value AS
SELECT
  day,
  value_at_risk,
  abandoned_value,
  winnable_value,
  recovered_value
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
