-- Top visitors
-- The 25 visitors with the most visits.
CREATE OR REPLACE VIEW accounts.report_top_visitors AS
SELECT
  rank,
  user_id,
  visits,
  first_day,
  last_day
FROM accounts.top_visitors AS top_visitors
WHERE
  rank <= 25
ORDER BY
  rank NULLS FIRST
