-- All ratings
-- Ratings of all movies.
-- empty: No movies have been ingested yet.
-- mean_rating: Mean of all ratings.
-- rated_movies: Movies with a rating.
-- unrated_movies: Movies without a rating.
SELECT
    sum(ratings) AS ratings,
    (SELECT avg(CAST(rating AS DOUBLE)) FROM clean_ratings) AS mean_rating,
    sum(CASE WHEN ratings > 0 THEN 1 ELSE 0 END) AS rated_movies,
    sum(CASE WHEN ratings = 0 THEN 1 ELSE 0 END) AS unrated_movies
FROM movie_ratings
HAVING count(*) > 0
