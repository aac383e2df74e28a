-- When accounts were opened
-- Customers by the month in which their accounts were opened; at most the last 60 months.
-- empty: No account says when it was opened.
-- month: First day of the month.
-- customers: Customers with an account that was opened in the month.
SELECT CAST(date_trunc('MONTH', account_opened_on) AS DATE) AS month, count(DISTINCT customer_id) AS customers
FROM clean_accounts
WHERE account_opened_on > (SELECT add_months(max(account_opened_on), -60) FROM clean_accounts)
GROUP BY CAST(date_trunc('MONTH', account_opened_on) AS DATE)
ORDER BY month
