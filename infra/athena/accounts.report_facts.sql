-- What this report is about
-- Visits are of UTC days; nobody is called by a name or an address.
CREATE OR REPLACE VIEW accounts.report_facts AS
SELECT
  "first_opened_on",
  "last_opened_on",
  CAST("first_visit" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_visit",
  CAST("last_visit" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_visit"
FROM (
  SELECT
    a.first_opened_on,
    a.last_opened_on,
    v.first_visit,
    v.last_visit
  FROM (
    SELECT
      MIN(account_opened_on) AS first_opened_on,
      MAX(account_opened_on) AS last_opened_on,
      COUNT(*) AS n
    FROM accounts.clean_accounts AS clean_accounts
  ) AS a
  CROSS JOIN (
    SELECT
      MIN(visited_at) AS first_visit,
      MAX(visited_at) AS last_visit,
      COUNT(*) AS n
    FROM accounts.clean_visits AS clean_visits
  ) AS v
  WHERE
    a.n + v.n > 0
)
