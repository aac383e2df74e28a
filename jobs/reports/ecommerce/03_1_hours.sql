-- When a category sells better than usual
-- Each local hour of the week for one category: its share of sales in that hour divided by its usual share (smoothed
--    lift). Above 1, it sells more than usual. Shows the 16 largest categories of the first two levels, the one with
--    the strongest hour first.
-- empty: Nothing has been sold in the period yet.
-- choose: category
-- cross: weekday, hour, smoothed_lift
-- weekday: Local weekday.
-- hour: Local hour, 0 to 23.
WITH largest AS (
    SELECT
        level,
        category,
        sum(CASE WHEN slot_kind = 'weekday' THEN value ELSE 0 END) AS total,
        max(CASE WHEN slot_kind = 'hour_of_week' AND eligible THEN smoothed_lift ELSE 0 END) AS strongest
    FROM top_categories
    WHERE level <= 2 AND category <> '(unknown)'
    GROUP BY level, category
    ORDER BY total DESC, category
    LIMIT 16
)
SELECT
    c.category,
    element_at(array('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'),
        CAST(floor(c.slot / 24) AS INT) + 1) AS weekday,
    c.slot % 24 AS hour,
    c.purchases,
    c.lift,
    c.smoothed_lift,
    c.eligible
FROM top_categories c JOIN largest l ON c.level = l.level AND c.category = l.category
WHERE c.slot_kind = 'hour_of_week'
ORDER BY l.strongest DESC, c.level DESC, c.category, c.slot
