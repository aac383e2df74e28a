-- All customers and visitors
-- Customers of all accounts and visitors of all valid visits.
-- empty: No accounts or visits have been ingested yet.
-- customers: Customers with an account.
-- visitors: Visitors with a visit.
-- visits: Visits of all visitors.
-- mean_visits: visits / visitors.
SELECT a.customers, v.visitors, v.visits, CAST(v.visits AS DOUBLE) / nullif(v.visitors, 0) AS mean_visits
FROM (SELECT count(DISTINCT customer_id) AS customers FROM clean_accounts) a
CROSS JOIN (SELECT count(DISTINCT user_id) AS visitors, count(*) AS visits FROM clean_visits) v
WHERE a.customers + v.visits > 0
