-- Sentiment by day
-- Positive tweets, and positive less negative ones, as shares of the judged ones; at most the last 90 days.
-- empty: No day has 20 tweets that could be judged.
-- judged: Tweets that could be judged.
SELECT
    day, tweets - unscored AS judged, positive, negative, net_sentiment, positive_share, positive_low, positive_high
FROM net_sentiment
WHERE subject = 'all' AND net_sentiment IS NOT NULL AND day > (SELECT date_add(max(day), -90) FROM net_sentiment)
ORDER BY day
