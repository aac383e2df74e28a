-- All customers and visitors
-- Customers of all accounts and visitors of all valid visits.
CREATE OR REPLACE VIEW accounts.report_all_accounts AS
SELECT
  a.customers,
  v.visitors,
  v.visits,
  TRY_CAST(v.visits AS DOUBLE) / NULLIF(NULLIF(v.visitors, 0), 0) AS mean_visits
FROM (
  SELECT
    COUNT(DISTINCT customer_id) AS customers
  FROM accounts.clean_accounts AS clean_accounts
) AS a
CROSS JOIN (
  SELECT
    COUNT(DISTINCT user_id) AS visitors,
    COUNT(*) AS visits
  FROM accounts.clean_visits AS clean_visits
) AS v
WHERE
  a.customers + v.visits > 0
