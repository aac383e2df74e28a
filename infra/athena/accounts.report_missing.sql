-- Missing attributes of accounts
-- Customers for whom the attribute was never delivered.
CREATE OR REPLACE VIEW accounts.report_missing AS
WITH known AS (
  SELECT
    customer_id,
    COUNT(name) AS names,
    COUNT(email) AS emails,
    COUNT(date_of_birth) AS births,
    COUNT(account_opened_on) AS openings
  FROM accounts.clean_accounts AS clean_accounts
  GROUP BY
    customer_id
), missing AS (
  SELECT
    'name' AS kind,
    names = 0 AS is_missing
  FROM known
  UNION ALL
  SELECT
    'email' AS kind,
    emails = 0 AS is_missing
  FROM known
  UNION ALL
  SELECT
    'date of birth' AS kind,
    births = 0 AS is_missing
  FROM known
  UNION ALL
  SELECT
    'opening date' AS kind,
    openings = 0 AS is_missing
  FROM known
)
SELECT
  kind,
  SUM(CASE WHEN is_missing THEN 1 ELSE 0 END) AS customers,
  TRY_CAST(SUM(CASE WHEN is_missing THEN 1 ELSE 0 END) AS DOUBLE) / NULLIF(COUNT(*), 0) AS missing_rate
FROM missing
GROUP BY
  kind
ORDER BY
  customers DESC,
  kind NULLS FIRST
