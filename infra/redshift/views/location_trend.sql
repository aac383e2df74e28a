-- The tweets and authors of each place and day, how unusual their number is, and how people feel.
CREATE OR REPLACE VIEW social.location_trend AS
SELECT
    t.day, t.place_id, t.place, t.country, t.tweets, t.authors, t.usual, t.z, t.is_rising,
    s.net_sentiment, s.positive_low, s.positive_high,
    sum(t.tweets) OVER (PARTITION BY t.place_id ORDER BY t.day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        AS tweets_so_far
FROM social.place_trends t
LEFT JOIN social.net_sentiment s ON s.day = t.day AND s.subject = 'place' AND s.subject_id = t.place_id
