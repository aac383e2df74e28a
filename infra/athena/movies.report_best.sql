-- Best movies
-- The 25 highest-ranked movies, by the mean of their ratings and ten additional ratings at the overall mean.
CREATE OR REPLACE VIEW movies.report_best AS
SELECT
  rank,
  title,
  year,
  ratings,
  mean_rating,
  bayesian_mean
FROM movies.movie_ratings AS movie_ratings
WHERE
  rank <= 25
ORDER BY
  rank NULLS FIRST
