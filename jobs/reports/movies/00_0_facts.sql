-- What this report is about
-- Ratings are 0.5 to 5.0, by halves; instants are in UTC.
-- empty: No movie has been taken in yet.
-- movies: Movies that are known.
-- first_rating: When the first rating was given, UTC.
-- last_rating: When the last rating was given, UTC.
SELECT count(DISTINCT m.movie_id) AS movies, min(r.rated_at) AS first_rating, max(r.rated_at) AS last_rating
FROM movie_ratings m LEFT JOIN clean_ratings r ON r.movie_id = m.movie_id
HAVING count(*) > 0
