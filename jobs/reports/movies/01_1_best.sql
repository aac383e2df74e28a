-- The best movies
-- The 25 movies of the highest rank: by the mean of their ratings and of ten more of the mean of all.
-- empty: No movie has been rated yet.
SELECT rank, title, year, ratings, mean_rating, bayesian_mean
FROM movie_ratings
WHERE rank <= 25
ORDER BY rank
