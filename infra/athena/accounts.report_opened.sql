-- When accounts were opened
-- Customers by the month in which their accounts were opened; at most the last 60 months.
CREATE OR REPLACE VIEW accounts.report_opened AS
SELECT
  TRY_CAST(DATE_TRUNC('MONTH', account_opened_on) AS DATE) AS month,
  COUNT(DISTINCT customer_id) AS customers
FROM accounts.clean_accounts AS clean_accounts
WHERE
  account_opened_on > (
    SELECT
      ADD_MONTHS(MAX(account_opened_on), -60)
    FROM accounts.clean_accounts AS clean_accounts
  )
GROUP BY
  TRY_CAST(DATE_TRUNC('MONTH', account_opened_on) AS DATE)
ORDER BY
  month NULLS FIRST
