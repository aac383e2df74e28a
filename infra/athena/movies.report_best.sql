-- The best movies
-- The 25 movies of the highest rank: by the mean of their ratings and of ten more of the mean of all.
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
