-- Recommended promotions
-- Categories that sell well above their usual share at an hour, on a weekday, or at an hour of the week. If a subcategory causes the effect, the subcategory is listed. At most 50 in the table, 12 in the chart.
CREATE OR REPLACE VIEW ecommerce.report_promotions AS
SELECT
  category,
  CASE slot_kind
    WHEN 'hour'
    THEN CONCAT(CAST('every day at ' AS VARCHAR), TRY_CAST(slot AS VARCHAR), CAST(' h' AS VARCHAR))
    WHEN 'weekday'
    THEN CONCAT(
      CAST(ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][TRY_CAST(slot AS INTEGER)] AS VARCHAR),
      CAST('s' AS VARCHAR)
    )
    ELSE CONCAT(
      CAST(ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][TRY_CAST(FLOOR(CAST(slot AS DOUBLE) / NULLIF(24, 0)) AS INTEGER) + 1] AS VARCHAR),
      CAST('s at ' AS VARCHAR),
      TRY_CAST(slot % 24 AS VARCHAR),
      CAST(' h' AS VARCHAR)
    )
  END AS occasion,
  level,
  metric,
  purchases,
  revenue,
  share,
  base,
  lift,
  smoothed_lift,
  occurrences
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY slot_kind, slot, purchases, revenue, SPLIT_PART(category, '.', 1)
      ORDER BY level DESC, category NULLS FIRST
    ) AS deepest
  FROM ecommerce.top_categories AS top_categories
  WHERE
    is_promotion
) AS promoted
WHERE
  deepest = 1
ORDER BY
  smoothed_lift DESC,
  level DESC,
  slot_kind NULLS FIRST,
  slot NULLS FIRST,
  category NULLS FIRST
LIMIT 50
