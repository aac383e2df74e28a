-- Distribution of ratings
-- Ratings by number of stars.
CREATE OR REPLACE VIEW movies.report_ratings AS
SELECT
  rating,
  COUNT(*) AS ratings
FROM movies.clean_ratings AS clean_ratings
GROUP BY
  rating
ORDER BY
  rating NULLS FIRST
