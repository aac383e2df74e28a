-- The last seven days
-- The newest seven complete local days; below each number, the change from the seven days before. Carts are those of
--    the newest seven days without open carts.
-- empty: There are no visitors yet.
-- visitors: Distinct visitors in the seven days.
-- new_visitors: Visitors whose first event ever is in the seven days. Not compared while the data starts less than four
--    weeks earlier, when every visitor counts as new.
-- buyers: Distinct visitors with a purchase in the seven days.
-- buyer_rate: buyers / visitors.
-- abandonment_rate: Of the products added to a cart in the seven days of carts and not removed in time, the share that
--    was left for longer than abandon_after_hours, whether bought later or not: abandonment_rate_initial of
--    cart_abandonment over the seven days.
-- left_value: Value of the products left for that long, whether bought later or not.
-- abandoned_value: The part of left_value that was not bought up to as_of.
-- recovered_value: What was paid, up to as_of, for abandoned products that were bought later. Not compared, because the
--    carts of the week before had more time.
-- last_day: Last of the seven days: the newest with seven complete days, otherwise the newest.
-- last_day_of_carts: Last of the seven days of carts: the day before the first with an open cart, otherwise the newest.
-- partial: The data has fewer than seven complete days.
WITH latest AS (
    SELECT period_start AS last_day, partial FROM unique_visitors WHERE grain = 'rolling_7d'
    ORDER BY partial, period_start DESC LIMIT 1
),
settled AS (
    SELECT CAST(coalesce(date_add(min(CASE WHEN open > 0 THEN day END), -1), max(day)) AS DATE) AS last_day_of_carts
        FROM cart_abandonment WHERE grain = 'line'
),
weeks AS (
    SELECT
        max(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN visitors END) AS visitors,
        max(CASE WHEN grain = 'rolling_7d' AND period_start < last_day THEN visitors END) AS visitors_before,
        max(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN new_visitors END) AS new_visitors,
        max(CASE WHEN grain = 'rolling_7d' AND period_start < last_day
            THEN new_visitors END) AS new_visitors_week_before,
        max(CASE WHEN grain = 'rolling_28d' AND period_start < last_day THEN 1 END) AS has_history,
        max(CASE WHEN grain = 'rolling_7d' AND period_start = last_day THEN buyers END) AS buyers,
        max(CASE WHEN grain = 'rolling_7d' AND period_start < last_day THEN buyers END) AS buyers_before
    FROM unique_visitors CROSS JOIN latest
    WHERE
        grain IN ('rolling_7d', 'rolling_28d')
        AND (period_start = last_day OR (period_start = date_add(last_day, -7) AND NOT unique_visitors.partial))
),
carts AS (
    SELECT
        sum(CASE WHEN is_new THEN abandoned + recovered ELSE 0 END) AS left_lines,
        sum(CASE WHEN is_new THEN abandoned + recovered + purchased ELSE 0 END) AS decided,
        sum(CASE WHEN is_new THEN left_value ELSE 0 END) AS left_value,
        sum(CASE WHEN is_new THEN abandoned_value ELSE 0 END) AS abandoned_value,
        sum(CASE WHEN is_new THEN recovered_value ELSE 0 END) AS recovered_value,
        sum(CASE WHEN NOT is_new THEN abandoned + recovered ELSE 0 END) AS left_lines_before,
        sum(CASE WHEN NOT is_new THEN abandoned + recovered + purchased ELSE 0 END) AS decided_before,
        sum(CASE WHEN NOT is_new THEN left_value ELSE 0 END) AS left_value_before
    FROM (
        SELECT *, day > date_add(last_day_of_carts, -7) AS is_new
        FROM cart_abandonment CROSS JOIN settled
        WHERE grain = 'line' AND day > date_add(last_day_of_carts, -14) AND day <= last_day_of_carts
    ) two_weeks
),
known AS (
    SELECT min(CASE WHEN grain = 'day' THEN period_start END) AS first_day FROM unique_visitors
)
SELECT
    visitors,
    visitors_before,
    new_visitors,
    CASE WHEN has_history = 1 THEN new_visitors_week_before END AS new_visitors_before,
    buyers,
    buyers_before,
    CAST(buyers AS DOUBLE) / nullif(visitors, 0) AS buyer_rate,
    CAST(buyers_before AS DOUBLE) / nullif(visitors_before, 0) AS buyer_rate_before,
    CAST(left_lines AS DOUBLE) / nullif(decided, 0) AS abandonment_rate,
    CASE WHEN date_add(last_day_of_carts, -13) >= first_day
        THEN CAST(left_lines_before AS DOUBLE) / nullif(decided_before, 0) END AS abandonment_rate_before,
    coalesce(left_value, 0) AS left_value,
    CASE WHEN date_add(last_day_of_carts, -13) >= first_day
        THEN coalesce(left_value_before, 0) END AS left_value_before,
    coalesce(abandoned_value, 0) AS abandoned_value,
    coalesce(recovered_value, 0) AS recovered_value,
    last_day,
    last_day_of_carts,
    partial
FROM latest CROSS JOIN settled CROSS JOIN weeks CROSS JOIN carts CROSS JOIN known
