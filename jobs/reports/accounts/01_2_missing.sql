-- Missing attributes of accounts
-- Customers for whom the attribute was never delivered.
-- empty: No accounts have been ingested yet.
-- kind: The missing attribute.
-- customers: Customers without it.
-- missing_rate: customers / all customers.
WITH known AS (
    SELECT customer_id, count(name) AS names, count(email) AS emails, count(date_of_birth) AS births,
        count(account_opened_on) AS openings
    FROM clean_accounts
    GROUP BY customer_id
),
missing AS (
    SELECT 'name' AS kind, names = 0 AS is_missing FROM known
    UNION ALL
    SELECT 'email' AS kind, emails = 0 AS is_missing FROM known
    UNION ALL
    SELECT 'date of birth' AS kind, births = 0 AS is_missing FROM known
    UNION ALL
    SELECT 'opening date' AS kind, openings = 0 AS is_missing FROM known
)
SELECT
    kind,
    sum(CASE WHEN is_missing THEN 1 ELSE 0 END) AS customers,
    CAST(sum(CASE WHEN is_missing THEN 1 ELSE 0 END) AS DOUBLE) / count(*) AS missing_rate
FROM missing
GROUP BY kind
ORDER BY customers DESC, kind
