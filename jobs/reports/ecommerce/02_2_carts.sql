-- Cart outcomes per day
-- Products added to carts, by the local day of the last add and the outcome up to as_of; at most the last 366 days.
-- empty: Nothing has been added to a cart yet.
SELECT day, carts, purchased, recovered, abandoned, open, removed, abandonment_rate_initial, recovery_rate, final
FROM cart_abandonment
WHERE grain = 'line' AND day > (SELECT date_add(max(day), -366) FROM cart_abandonment)
ORDER BY day
