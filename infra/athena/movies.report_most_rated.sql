-- Most rated movies
-- The 25 movies with the most ratings.
CREATE OR REPLACE VIEW movies.report_most_rated AS
SELECT
  title,
  year,
  ratings,
  mean_rating,
  rank
FROM movies.movie_ratings AS movie_ratings
WHERE
  ratings > 0
ORDER BY
  ratings DESC,
  movie_id NULLS FIRST
LIMIT 25
