CREATE TABLE top_categories AS
WITH period AS (
    SELECT greatest(CAST(getvariable('as_of') AS DATE) - 28, min(day)) AS period_start,
        CAST(getvariable('as_of') AS DATE) - 1 AS period_end FROM clean_events
),
by_hour AS (
    SELECT category_code, isodow(event_time) AS weekday, hour(event_time) AS hour, count(*) AS purchases,
        sum(price) AS revenue
    FROM clean_events, period WHERE event_type = 'purchase' AND day BETWEEN period_start AND period_end GROUP BY ALL
),
leveled AS (
    SELECT *, CASE WHEN len(string_split(category_code, '.')) >= level
        THEN array_to_string(string_split(category_code, '.')[:level], '.') ELSE '(unknown)' END AS category
    FROM by_hour, (VALUES (1), (2), (3), (4)) AS levels(level)
),
slotted AS (
    SELECT * EXCLUDE (category_code),
        unnest([{'kind': 'period', 'slot': 0}, {'kind': 'hour', 'slot': hour}, {'kind': 'weekday', 'slot': weekday},
        {'kind': 'hour_of_week', 'slot': (weekday - 1) * 24 + hour}]) AS slot FROM leveled
),
cells AS (
    SELECT level, slot.kind AS slot_kind, slot.slot AS slot, category, sum(purchases) AS purchases,
        sum(revenue) AS revenue FROM slotted GROUP BY ALL
),
whole AS (SELECT level, category, purchases / sum(purchases) OVER (PARTITION BY level) AS base FROM cells
    WHERE slot_kind = 'period'),
hours AS (
    SELECT unnest(generate_series(CAST(period_start AS TIMESTAMP), CAST(period_end AS TIMESTAMP) + INTERVAL 23 HOUR,
        INTERVAL 1 HOUR)) AS hour FROM period
),
occurrences AS (
    SELECT 'hour' AS slot_kind, hour(hour) AS slot, count(*) AS occurrences FROM hours GROUP BY ALL
    UNION ALL SELECT 'weekday', isodow(hour), count(DISTINCT CAST(hour AS DATE)) FROM hours GROUP BY ALL
    UNION ALL SELECT 'hour_of_week', (isodow(hour) - 1) * 24 + hour(hour), count(*) FROM hours GROUP BY ALL
),
shares AS (
    SELECT cells.*, occurrences, base, purchases AS m, sum(purchases) OVER (PARTITION BY level, slot_kind, slot) AS n
    FROM cells JOIN whole USING (level, category) JOIN occurrences USING (slot_kind, slot)
),
lifted AS (
    SELECT *, m / n AS share, (m + 50 * base) / (n + 50) / base AS smoothed_lift,
        category <> '(unknown)' AND m >= 30 AS eligible FROM shares
),
ranked AS (
    SELECT *, CASE WHEN category <> '(unknown)' THEN row_number() OVER (PARTITION BY level, slot_kind, slot,
        category <> '(unknown)'
        ORDER BY m DESC, revenue DESC, category) END AS rank
    FROM lifted
)
SELECT level, slot_kind, slot, category, 'purchases' AS metric, CAST(m AS DECIMAL(38, 2)) AS value, purchases, revenue,
    occurrences, m / occurrences AS per_occurrence,
    share, base, share / base AS lift, smoothed_lift, eligible, rank,
    eligible AND smoothed_lift >= 1.2
        AND row_number() OVER (PARTITION BY level, slot_kind, slot, eligible AND smoothed_lift >= 1.2
        ORDER BY round(smoothed_lift, 9) DESC, rank) <= 10 AS is_promotion,
    wilson_low(m, n) AS share_low, wilson_high(m, n) AS share_high, period_start, period_end, 'UTC' AS time_zone
FROM ranked, period;
