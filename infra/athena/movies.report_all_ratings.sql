-- All ratings
-- Ratings of all movies.
CREATE OR REPLACE VIEW movies.report_all_ratings AS
SELECT
  SUM(ratings) AS ratings,
  (
    SELECT
      AVG(TRY_CAST(rating AS DOUBLE))
    FROM movies.clean_ratings AS clean_ratings
  ) AS mean_rating,
  SUM(CASE WHEN ratings > 0 THEN 1 ELSE 0 END) AS rated_movies,
  SUM(CASE WHEN ratings = 0 THEN 1 ELSE 0 END) AS unrated_movies
FROM movies.movie_ratings AS movie_ratings
HAVING
  COUNT(*) > 0
