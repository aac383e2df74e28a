-- Accounts opened per month
-- Customers by the month in which their accounts were opened; at most the last 60 months with new accounts.
CREATE OR REPLACE VIEW accounts.report_opened AS
SELECT
  month,
  customers
FROM (
  SELECT
    TRY_CAST(DATE_TRUNC('MONTH', account_opened_on) AS DATE) AS month,
    COUNT(DISTINCT customer_id) AS customers
  FROM accounts.clean_accounts AS clean_accounts
  WHERE
    NOT account_opened_on IS NULL
  GROUP BY
    TRY_CAST(DATE_TRUNC('MONTH', account_opened_on) AS DATE)
  ORDER BY
    month DESC
  LIMIT 60
)
ORDER BY
  month NULLS FIRST
