-- Who comes most often
-- The first 25 of the visitors with the most visits.
-- empty: Nobody has come yet.
SELECT rank, user_id, visits, first_day, last_day
FROM top_visitors
WHERE rank <= 25
ORDER BY rank
