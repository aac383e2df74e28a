-- Money left in carts, and money won back
-- What lies in abandoned carts, and what was paid for products that had been left and were bought after all, by the local day of the last add; at most the last 366 days, in the currency of the shop. Carts of the newest day may still be open.
CREATE OR REPLACE VIEW ecommerce.report_cart_value AS
SELECT
  day,
  SUM(value_at_risk) AS value_at_risk,
  SUM(CASE WHEN status = 'abandoned' THEN value_at_risk ELSE 0 END) AS abandoned_value,
  SUM(
    CASE WHEN status = 'abandoned' AND closed_at IS NULL THEN value_at_risk ELSE 0 END
  ) AS winnable_value,
  SUM(CASE WHEN status = 'recovered' THEN purchase_price ELSE 0 END) AS recovered_value
FROM ecommerce.abandoned_carts AS abandoned_carts
WHERE
  day > (
    SELECT
      DATE_ADD('DAY', -366, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
    FROM ecommerce.abandoned_carts AS abandoned_carts
  )
GROUP BY
  day
ORDER BY
  day NULLS FIRST
