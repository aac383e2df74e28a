-- When a category does better than usual
-- Each hour of the week for one category: above 1 it takes a larger share of the shop than it usually does. Categories of the first two levels, the 16 largest.
CREATE OR REPLACE VIEW ecommerce.report_hours AS
WITH largest AS (
  SELECT
    level,
    category,
    SUM(value) AS total
  FROM ecommerce.top_categories AS top_categories
  WHERE
    slot_kind = 'weekday' AND level <= 2 AND category <> '(unknown)'
  GROUP BY
    level,
    category
  ORDER BY
    total DESC,
    category NULLS FIRST
  LIMIT 16
)
SELECT
  c.category,
  ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][TRY_CAST(FLOOR(CAST(c.slot AS DOUBLE) / NULLIF(24, 0)) AS INTEGER) + 1] AS weekday,
  c.slot % 24 AS hour,
  c.purchases,
  c.lift,
  c.smoothed_lift,
  c.eligible
FROM ecommerce.top_categories AS c
JOIN largest AS l
  ON c.level = l.level AND c.category = l.category
WHERE
  c.slot_kind = 'hour_of_week'
ORDER BY
  l.total DESC,
  c.category NULLS FIRST,
  c.slot NULLS FIRST
