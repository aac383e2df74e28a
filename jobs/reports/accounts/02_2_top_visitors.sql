-- Top visitors
-- The 25 visitors with the most visits.
-- empty: There are no visits yet.
SELECT rank, user_id, visits, first_day, last_day
FROM top_visitors
WHERE rank <= 25
ORDER BY rank
