-- Most rated movies
-- The 25 movies with the most ratings.
-- empty: No movies have been rated yet.
SELECT title, year, ratings, mean_rating, rank
FROM movie_ratings
WHERE ratings > 0
ORDER BY ratings DESC, movie_id
LIMIT 25
