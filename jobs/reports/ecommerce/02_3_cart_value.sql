-- Money left in carts, and money won back
-- What lies in abandoned carts, and what was paid for products that had been left and were bought after all, by the local day of the last add; at most the last 366 days, in the currency of the shop. Carts of the newest day may still be open.
-- empty: Nothing has been laid into a cart yet.
-- value_at_risk: Sum of the last prices of all products laid into carts, whatever became of them.
-- abandoned_value: Of that, what was left and not bought up to as_of.
-- winnable_value: Of abandoned_value, what can still be won back: the line is not closed.
-- recovered_value: What was paid for products of carts that had been left and were bought after all.
SELECT
    day,
    sum(value_at_risk) AS value_at_risk,
    sum(CASE WHEN status = 'abandoned' THEN value_at_risk ELSE 0 END) AS abandoned_value,
    sum(CASE WHEN status = 'abandoned' AND closed_at IS NULL THEN value_at_risk ELSE 0 END) AS winnable_value,
    sum(CASE WHEN status = 'recovered' THEN purchase_price ELSE 0 END) AS recovered_value
FROM abandoned_carts
WHERE day > (SELECT date_add(max(day), -366) FROM abandoned_carts)
GROUP BY day
ORDER BY day
