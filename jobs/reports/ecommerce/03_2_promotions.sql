-- Recommended promotions
-- Categories that sell well above their usual share at an hour, on a weekday, or at an hour of the week. If a
--    subcategory causes the effect, the subcategory is listed. At most 50 in the table, 12 in the chart.
-- empty: No category stands out at any time: a promotion needs 30 events in a slot and 1.2 times the usual share.
-- occasion: The slot in words, in local time.
SELECT
    category,
    CASE slot_kind
        WHEN 'hour' THEN concat('every day at ', CAST(slot AS STRING), ' h')
        WHEN 'weekday' THEN concat(
            element_at(array('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'),
            CAST(slot AS INT)), 's')
        ELSE concat(
            element_at(array('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'),
                CAST(floor(slot / 24) AS INT) + 1),
            's at ', CAST(slot % 24 AS STRING), ' h'
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
        row_number() OVER (PARTITION BY slot_kind, slot, purchases, revenue, split_part(category, '.', 1)
            ORDER BY level DESC, category) AS deepest
    FROM top_categories
    WHERE is_promotion
) promoted
WHERE deepest = 1
ORDER BY smoothed_lift DESC, level DESC, slot_kind, slot, category
LIMIT 50
