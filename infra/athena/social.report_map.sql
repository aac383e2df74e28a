-- Places on the map
-- Places in Croatia by tweets, since the first day; the 200 with the most.
CREATE OR REPLACE VIEW social.report_map AS
SELECT
  place,
  type,
  latitude,
  longitude,
  COUNT(DISTINCT tweet_id) AS tweets
FROM social.tweet_places AS tweet_places
WHERE
  country = 'HR' AND NOT latitude IS NULL
GROUP BY
  place_id,
  place,
  type,
  latitude,
  longitude
ORDER BY
  tweets DESC,
  place NULLS FIRST
LIMIT 200
