-- When a category does better than usual
-- Each hour of the week for one category: above 1 it takes a larger share of the shop than it usually does. Categories of the first two levels, the 16 largest.
-- empty: Nothing has been sold in the period yet.
-- choose: category
-- cross: weekday, hour, smoothed_lift
-- weekday: Local weekday.
-- hour: Local hour, 0 to 23.
WITH largest AS (
    SELECT level, category, sum(value) AS total
    FROM top_categories
    WHERE slot_kind = 'weekday' AND level <= 2 AND category <> '(unknown)'
    GROUP BY level, category
    ORDER BY total DESC, category
    LIMIT 16
)
SELECT
    c.category,
    element_at(array('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'), CAST(floor(c.slot / 24) AS INT) + 1) AS weekday,
    c.slot % 24 AS hour,
    c.purchases,
    c.lift,
    c.smoothed_lift,
    c.eligible
FROM top_categories c JOIN largest l ON c.level = l.level AND c.category = l.category
WHERE c.slot_kind = 'hour_of_week'
ORDER BY l.total DESC, c.category, c.slot
