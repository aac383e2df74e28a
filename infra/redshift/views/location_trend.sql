-- The tweets and authors of each place and day, and how unusual their number is.
CREATE OR REPLACE VIEW social.location_trend AS
SELECT
    day, place_id, place, country, tweets, authors, usual, z, is_rising,
    sum(tweets) OVER (PARTITION BY place_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        AS tweets_so_far
FROM social.place_trends
