-- Visits per day
-- Visits and visitors by UTC day; at most the last 90 days.
CREATE OR REPLACE VIEW accounts.report_visits AS
SELECT
  TRY_CAST(visited_at AS DATE) AS day,
  COUNT(*) AS visits,
  COUNT(DISTINCT user_id) AS visitors
FROM accounts.clean_visits AS clean_visits
WHERE
  TRY_CAST(visited_at AS DATE) > (
    SELECT
      DATE_ADD('DAY', -90, CAST(CAST(TRY_CAST(MAX(visited_at) AS DATE) AS TIMESTAMP) AS DATE))
    FROM accounts.clean_visits AS clean_visits
  )
GROUP BY
  TRY_CAST(visited_at AS DATE)
ORDER BY
  day NULLS FIRST
