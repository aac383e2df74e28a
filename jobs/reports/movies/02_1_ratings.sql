-- Distribution of ratings
-- Ratings by number of stars.
-- empty: There are no ratings yet.
-- ratings: Ratings with that many stars.
SELECT rating, count(*) AS ratings
FROM clean_ratings
GROUP BY rating
ORDER BY rating
