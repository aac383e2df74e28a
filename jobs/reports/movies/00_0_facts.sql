-- About this report
-- Ratings are 0.5 to 5.0 in steps of 0.5; times are in UTC.
-- empty: No movies have been ingested yet.
-- movies: Number of movies.
-- first_rating: Time of the first rating, UTC.
-- last_rating: Time of the last rating, UTC.
SELECT count(DISTINCT m.movie_id) AS movies, min(r.rated_at) AS first_rating, max(r.rated_at) AS last_rating
FROM movie_ratings m LEFT JOIN clean_ratings r ON r.movie_id = m.movie_id
HAVING count(*) > 0
