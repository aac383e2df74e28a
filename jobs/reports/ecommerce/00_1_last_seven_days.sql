-- The last seven days
-- The newest seven whole local days; below each number, how it changed against the seven days before.
-- empty: No visitor has been counted yet.
-- last_day: Last of the seven local days: the newest whose seven days are all known, else the newest.
-- partial: Fewer than seven whole days are known.
-- visitors: Different visitors in the seven days.
-- new_visitors: Visitors whose first event ever is in the seven days.
-- buyers: Different visitors with a purchase in the seven days.
-- buyer_rate: buyers / visitors.
-- abandonment_rate: Of the products laid into a cart in the seven days and not taken out again, the share that was left for longer than abandon_after_hours, bought later or not: abandonment_rate_initial of cart_abandonment over all seven days. Carts of the last day may still be open, and count nowhere yet.
-- abandoned_value: What lies in carts of the seven days that were left and not bought up to as_of: the sum of value_at_risk of abandoned lines.
-- recovered_value: What was paid for products of carts of the seven days that had been left and were bought after all, up to as_of.
WITH latest AS (
    SELECT period_start AS last_day, partial FROM unique_visitors WHERE grain = 'rolling_7d' ORDER BY partial, period_start DESC LIMIT 1
),
weeks AS (
    SELECT
        max(CASE WHEN period_start = last_day THEN visitors END) AS visitors,
        max(CASE WHEN period_start < last_day THEN visitors END) AS visitors_before,
        max(CASE WHEN period_start = last_day THEN new_visitors END) AS new_visitors,
        max(CASE WHEN period_start < last_day THEN new_visitors END) AS new_visitors_before,
        max(CASE WHEN period_start = last_day THEN buyers END) AS buyers,
        max(CASE WHEN period_start < last_day THEN buyers END) AS buyers_before
    FROM unique_visitors CROSS JOIN latest
    WHERE grain = 'rolling_7d' AND (period_start = last_day OR (period_start = date_add(last_day, -7) AND NOT unique_visitors.partial))
),
carts AS (
    SELECT
        sum(CASE WHEN day > date_add(last_day, -7) AND status IN ('abandoned', 'recovered') THEN 1 ELSE 0 END) AS abandoned,
        sum(CASE WHEN day > date_add(last_day, -7) AND status IN ('abandoned', 'recovered', 'purchased') THEN 1 ELSE 0 END) AS decided,
        sum(CASE WHEN day > date_add(last_day, -7) AND status = 'abandoned' THEN value_at_risk ELSE 0 END) AS abandoned_value,
        sum(CASE WHEN day > date_add(last_day, -7) AND status = 'recovered' THEN purchase_price ELSE 0 END) AS recovered_value,
        sum(CASE WHEN day <= date_add(last_day, -7) AND status IN ('abandoned', 'recovered') THEN 1 ELSE 0 END) AS abandoned_before,
        sum(CASE WHEN day <= date_add(last_day, -7) AND status IN ('abandoned', 'recovered', 'purchased') THEN 1 ELSE 0 END) AS decided_before,
        sum(CASE WHEN day <= date_add(last_day, -7) AND status = 'abandoned' THEN value_at_risk ELSE 0 END) AS abandoned_value_before,
        sum(CASE WHEN day <= date_add(last_day, -7) AND status = 'recovered' THEN purchase_price ELSE 0 END) AS recovered_value_before
    FROM abandoned_carts CROSS JOIN latest
    WHERE day > date_add(last_day, -14) AND day <= last_day
)
SELECT
    last_day,
    partial,
    visitors,
    visitors_before,
    new_visitors,
    new_visitors_before,
    buyers,
    buyers_before,
    CAST(buyers AS DOUBLE) / nullif(visitors, 0) AS buyer_rate,
    CAST(buyers_before AS DOUBLE) / nullif(visitors_before, 0) AS buyer_rate_before,
    CAST(abandoned AS DOUBLE) / nullif(decided, 0) AS abandonment_rate,
    CASE WHEN visitors_before IS NOT NULL THEN CAST(abandoned_before AS DOUBLE) / nullif(decided_before, 0) END AS abandonment_rate_before,
    coalesce(abandoned_value, 0) AS abandoned_value,
    CASE WHEN visitors_before IS NOT NULL THEN coalesce(abandoned_value_before, 0) END AS abandoned_value_before,
    coalesce(recovered_value, 0) AS recovered_value,
    CASE WHEN visitors_before IS NOT NULL THEN coalesce(recovered_value_before, 0) END AS recovered_value_before
FROM latest CROSS JOIN weeks CROSS JOIN carts
