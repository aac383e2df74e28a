-- Where they are
-- The most frequent places of the ten most influential authors.
-- empty: No listed author has a place.
-- tweets: Tweets of these authors with the place.
-- authors: Authors among the ten with such a tweet.
-- location: Name of the place.
SELECT place AS location, country, sum(tweets) AS tweets, count(*) AS authors
FROM influencer_places
WHERE rank <= 10
GROUP BY place_id, place, country
ORDER BY tweets DESC, place
LIMIT 25
