-- When a category sells better than usual
-- Each local hour of the week for one category: its share of sales in that hour divided by its usual share (smoothed lift). Above 1, it sells more than usual. Shows the 16 largest categories of the first two levels, the one with the strongest hour first.
CREATE OR REPLACE VIEW ecommerce.report_hours AS
WITH largest AS (
  SELECT
    level,
    category,
    SUM(CASE WHEN slot_kind = 'weekday' THEN value ELSE 0 END) AS total,
    MAX(CASE WHEN slot_kind = 'hour_of_week' AND eligible THEN smoothed_lift ELSE 0 END) AS strongest
  FROM ecommerce.top_categories AS top_categories
  WHERE
    level <= 2 AND category <> '(unknown)'
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
  l.strongest DESC,
  c.level DESC,
  c.category NULLS FIRST,
  c.slot NULLS FIRST
