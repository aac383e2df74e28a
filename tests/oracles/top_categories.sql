WITH days AS (SELECT *, event_time AT TIME ZONE $time_zone AS local FROM given WHERE event_time < $as_of),
period AS (
    SELECT CAST($as_of AT TIME ZONE $time_zone AS DATE) - 1 AS last,
        greatest(CAST($as_of AT TIME ZONE $time_zone AS DATE) - CAST($period_days AS INTEGER),
            (SELECT min(CAST(local AS DATE)) FROM days)) AS first
),
events AS (SELECT * FROM days, period WHERE CAST(local AS DATE) BETWEEN first AND last),
leveled AS (
    SELECT level, hour(local) AS h, isodow(local) AS d, user_id, event_type, price,
        CASE WHEN len(string_split(category_code, '.')) >= level
            THEN array_to_string(string_split(category_code, '.')[:level], '.') ELSE '(unknown)' END AS category
    FROM (SELECT *, CASE WHEN category_code IS NULL THEN '' ELSE category_code END AS code FROM events),
        (VALUES (1), (2), (3), (4)) l(level)
),
slotted AS (
    SELECT *, 'hour' AS slot_kind, h AS slot FROM leveled
    UNION ALL SELECT *, 'weekday', d FROM leveled
    UNION ALL SELECT *, 'hour_of_week', (d - 1) * 24 + h FROM leveled
    UNION ALL SELECT *, 'period', 0 FROM leveled
),
cells AS (
    SELECT level, slot_kind, slot, category,
        CAST(CASE $metric WHEN 'purchases' THEN count(*) FILTER (WHERE event_type = 'purchase')
            WHEN 'carts' THEN count(*) FILTER (WHERE event_type = 'cart')
            WHEN 'views' THEN count(*) FILTER (WHERE event_type = 'view')
            WHEN 'buyers' THEN count(DISTINCT CASE WHEN event_type = 'purchase' THEN user_id END)
            ELSE coalesce(sum(price) FILTER (WHERE event_type = 'purchase'), 0) END AS DECIMAL(38, 2)) AS value,
        count(*) FILTER (WHERE event_type = 'purchase') AS purchases,
        coalesce(sum(price) FILTER (WHERE event_type = 'purchase'), 0) AS revenue
    FROM slotted GROUP BY ALL
),
whole AS (
    SELECT level, category, CAST(value AS DOUBLE) / nullif(sum(value) OVER (PARTITION BY level), 0) AS base,
        CASE WHEN $metric = 'revenue' THEN 50 * CAST(sum(revenue) OVER (PARTITION BY level) AS DOUBLE)
            / nullif(sum(purchases) OVER (PARTITION BY level), 0) ELSE 50 END AS prior
    FROM cells WHERE slot_kind = 'period'
),
clock AS (
    SELECT instant AT TIME ZONE $time_zone AS local,
        (instant AT TIME ZONE $time_zone) - (instant AT TIME ZONE 'UTC') AS shift
    FROM (SELECT unnest(generate_series(CAST(first AS TIMESTAMP) AT TIME ZONE $time_zone,
        (CAST(last + 1 AS TIMESTAMP) AT TIME ZONE $time_zone) - INTERVAL 1 MINUTE, INTERVAL 5 MINUTE)) AS instant
            FROM period WHERE first <= last)
),
occurrences AS (
    SELECT 'hour' AS slot_kind, hour(local) AS slot, count(DISTINCT (CAST(local AS DATE), shift)) AS occurrences
        FROM clock GROUP BY ALL
    UNION ALL SELECT 'weekday', isodow(local), count(DISTINCT CAST(local AS DATE)) FROM clock GROUP BY ALL
    UNION ALL SELECT 'hour_of_week', (isodow(local) - 1) * 24 + hour(local),
        count(DISTINCT (CAST(local AS DATE), shift)) FROM clock GROUP BY ALL
),
shares AS (
    SELECT c.*, occurrences, base, prior, CAST(value AS DOUBLE) AS m,
        CAST(sum(value) OVER (PARTITION BY c.level, slot_kind, slot) AS DOUBLE) AS n
    FROM cells c JOIN whole w ON c.level = w.level AND c.category = w.category JOIN occurrences USING (slot_kind, slot)
        WHERE value > 0
),
lifted AS (
    SELECT *, m / n AS share, ((m + prior * base) / (n + prior)) / base AS smoothed_lift,
        category <> '(unknown)' AND CASE WHEN $metric = 'revenue' THEN purchases ELSE m END >= 30 AS eligible,
        1.959963984540054 AS z
    FROM shares
),
ranked AS (
    SELECT *, CASE WHEN category <> '(unknown)' THEN row_number() OVER (PARTITION BY level, slot_kind, slot,
        category <> '(unknown)'
        ORDER BY value DESC, revenue DESC, category) END AS rank
    FROM lifted
)
SELECT level, slot_kind, slot, category, $metric AS metric, value, purchases, revenue, occurrences,
    m / occurrences AS per_occurrence, share, base,
    share / base AS lift, smoothed_lift, eligible, rank,
    eligible AND smoothed_lift >= 1.2
        AND row_number() OVER (PARTITION BY level, slot_kind, slot, eligible AND smoothed_lift >= 1.2
        ORDER BY round(smoothed_lift, 9) DESC, rank) <= $k AS is_promotion,
    CASE WHEN $metric <> 'revenue'
        THEN greatest(0, (share + z * z / (2 * n) - z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
            / (1 + z * z / n)) END AS share_low,
    CASE WHEN $metric <> 'revenue'
        THEN least(1, (share + z * z / (2 * n) + z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
            / (1 + z * z / n)) END AS share_high,
    (SELECT first FROM period) AS period_start, (SELECT last FROM period) AS period_end, $time_zone AS time_zone
FROM ranked
