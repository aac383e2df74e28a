-- From view to cart to purchase
-- Products that a visitor viewed, and how many of these the same visitor added to the cart and bought within
--    funnel_window_hours; totals of at most the last 28 days.
-- empty: There are no product views yet.
-- entered: Pairs that reached the step, summed over the days.
-- step_rate: entered / entered of the previous step; empty for view.
-- overall_rate: entered / entered of view.
-- drop_off: Pairs that reached the previous step but not this one before their window ended, summed over the days.
-- pending: Pairs that reached the previous step and may still reach this one in time, summed over the days.
-- first_day: First of the days.
-- last_day: Last of the days.
WITH steps AS (
    SELECT
        step,
        CASE step WHEN 'view' THEN 1 WHEN 'cart' THEN 2 ELSE 3 END AS position,
        sum(entered) AS entered,
        sum(drop_off) AS drop_off,
        sum(pending) AS pending,
        min(day) AS first_day,
        max(day) AS last_day
    FROM shopping_funnel
    WHERE day > (SELECT date_add(max(day), -28) FROM shopping_funnel)
    GROUP BY step
)
SELECT
    step,
    entered,
    CAST(entered AS DOUBLE) / nullif(lag(entered) OVER (ORDER BY position), 0) AS step_rate,
    CAST(entered AS DOUBLE) / nullif(max(entered) OVER (), 0) AS overall_rate,
    drop_off,
    pending,
    first_day,
    last_day
FROM steps
ORDER BY position
