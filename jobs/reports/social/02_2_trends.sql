-- Rising places
-- Places and days with unusually many tweets; the newest 25.
-- empty: No place had unusually many tweets.
-- location: Name of the place.
SELECT day, place AS location, country, tweets, authors, usual, z
FROM place_trends
WHERE is_rising
ORDER BY day DESC, z DESC, place
LIMIT 25
