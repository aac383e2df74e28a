-- Abandoned and recovered cart value
-- Value of abandoned carts, and what was paid for abandoned products that were bought later, by the local day of the
--    last add; at most the last 366 days, in the currency of the shop. Carts of the newest day may still be open.
-- empty: Nothing has been added to a cart yet.
SELECT day, value_at_risk, abandoned_value, winnable_value, recovered_value
FROM cart_abandonment
WHERE grain = 'line' AND day > (SELECT date_add(max(day), -366) FROM cart_abandonment)
ORDER BY day
