-- Best movies
-- The 25 highest-ranked movies, by the mean of their ratings and ten additional ratings at the overall mean.
-- empty: No movies have been rated yet.
SELECT rank, title, year, ratings, mean_rating, bayesian_mean
FROM movie_ratings
WHERE rank <= 25
ORDER BY rank
