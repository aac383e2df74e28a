-- Sentiment by place
-- Positive less negative tweets, as a share of the judged ones, since the first day; the 25 places with the most tweets.
-- empty: No place has 20 tweets that could be judged.
-- location: Name of the place.
-- judged: Tweets with the place that could be judged.
-- positive: Of these, POSITIVE ones.
-- negative: Of these, NEGATIVE ones.
-- net: (positive - negative) / judged, -1 to 1.
SELECT location, judged, positive, negative, CAST(positive - negative AS DOUBLE) / judged AS net
FROM (
    SELECT
        subject_id, name AS location,
        sum(tweets - unscored) AS judged, sum(positive) AS positive, sum(negative) AS negative
    FROM net_sentiment
    WHERE subject = 'place'
    GROUP BY subject_id, name
) t
WHERE judged >= 20
ORDER BY judged DESC, location
LIMIT 25
