-- Visitors per day
-- Distinct visitors per local day, and how many of them are new; at most the last 366 days. When the data starts, every visitor counts as new.
CREATE OR REPLACE VIEW ecommerce.report_visitors AS
SELECT
  period_start AS day,
  visitors,
  new_visitors,
  returning_visitors,
  sessions,
  buyers,
  partial
FROM ecommerce.unique_visitors AS unique_visitors
WHERE
  grain = 'day'
  AND period_start > (
    SELECT
      DATE_ADD('DAY', -366, CAST(CAST(MAX(period_start) AS TIMESTAMP) AS DATE))
    FROM ecommerce.unique_visitors AS unique_visitors
  )
ORDER BY
  day NULLS FIRST
