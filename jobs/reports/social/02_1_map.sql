-- Places on the map
-- Places in Croatia by tweets, since the first day; the 200 with the most.
-- empty: No tweet has a place in Croatia with a position.
-- tweets: Tweets with the place, mentioned or attached.
SELECT place, type, latitude, longitude, count(DISTINCT tweet_id) AS tweets
FROM tweet_places
WHERE country = 'HR' AND latitude IS NOT NULL
GROUP BY place_id, place, type, latitude, longitude
ORDER BY tweets DESC, place
LIMIT 200
