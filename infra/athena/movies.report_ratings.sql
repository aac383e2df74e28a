-- How people rate
-- Ratings by what they say.
CREATE OR REPLACE VIEW movies.report_ratings AS
SELECT
  rating,
  COUNT(*) AS ratings
FROM movies.clean_ratings AS clean_ratings
GROUP BY
  rating
ORDER BY
  rating NULLS FIRST
