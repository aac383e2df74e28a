-- How people rate
-- Ratings by what they say.
-- empty: Nothing has been rated yet.
-- ratings: Ratings of that many stars.
SELECT rating, count(*) AS ratings
FROM clean_ratings
GROUP BY rating
ORDER BY rating
