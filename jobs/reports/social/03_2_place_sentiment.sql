-- Sentiment by place and brand
-- Positive less negative tweets, as a share of the judged ones, since the first day; the 25 with the most of these.
-- empty: No place or brand has 20 tweets that could be judged.
-- name: Name of the place or brand.
-- judged: Its tweets that could be judged.
-- positive: Of these, POSITIVE ones.
-- negative: Of these, NEGATIVE ones.
-- net: (positive - negative) / judged, -1 to 1.
SELECT name, judged, positive, negative, CAST(positive - negative AS DOUBLE) / judged AS net
FROM (
    SELECT
        subject_id, name,
        sum(tweets - unscored) AS judged, sum(positive) AS positive, sum(negative) AS negative
    FROM net_sentiment
    WHERE subject IN ('place', 'brand')
    GROUP BY subject, subject_id, name
) t
WHERE judged >= 20
ORDER BY judged DESC, name
LIMIT 25
