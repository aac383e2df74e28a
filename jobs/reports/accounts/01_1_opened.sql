-- Accounts opened per month
-- Customers by the month in which their accounts were opened; at most the last 60 months with new accounts.
-- empty: No account has an opening date.
-- month: First day of the month.
-- customers: Customers with an account that was opened in the month.
SELECT month, customers
FROM (
    SELECT CAST(date_trunc('MONTH', account_opened_on) AS DATE) AS month, count(DISTINCT customer_id) AS customers
    FROM clean_accounts
    WHERE account_opened_on IS NOT NULL
    GROUP BY CAST(date_trunc('MONTH', account_opened_on) AS DATE)
    ORDER BY month DESC
    LIMIT 60
)
ORDER BY month
