-- About this report
-- Visits are counted per UTC day; first and last day of a visitor are local days of time_zone. Names and addresses are not shown.
CREATE OR REPLACE VIEW accounts.report_facts AS
SELECT
  "first_opened_on",
  "last_opened_on",
  CAST("first_visit" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_visit",
  CAST("last_visit" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_visit",
  "time_zone"
FROM (
  SELECT
    a.first_opened_on,
    a.last_opened_on,
    v.first_visit,
    v.last_visit,
    t.time_zone
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
  CROSS JOIN (
    SELECT
      MAX(time_zone) AS time_zone
    FROM accounts.top_visitors AS top_visitors
  ) AS t
  WHERE
    a.n + v.n > 0
)
