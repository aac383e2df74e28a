-- About this report
-- Ratings are 0.5 to 5.0 in steps of 0.5; times are in UTC.
CREATE OR REPLACE VIEW movies.report_facts AS
SELECT
  "movies",
  CAST("first_rating" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_rating",
  CAST("last_rating" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_rating"
FROM (
  SELECT
    COUNT(DISTINCT m.movie_id) AS movies,
    MIN(r.rated_at) AS first_rating,
    MAX(r.rated_at) AS last_rating
  FROM movies.movie_ratings AS m
  LEFT JOIN movies.clean_ratings AS r
    ON r.movie_id = m.movie_id
  HAVING
    COUNT(*) > 0
)
