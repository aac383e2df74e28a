-- Examples
-- Of the newest ten days, the five most positive and the five most negative tweets; texts, names and ids are not shown.
-- empty: No tweet of the newest ten days could be judged positive or negative.
-- day: Day of the tweet, UTC.
-- score: Score of its sentiment, 0 to 1.
-- tweet: The last four digits of its id.
SELECT day, sentiment, score, concat('…', substr(tweet_id, -4)) AS tweet, lang
FROM (
    SELECT *, row_number() OVER (PARTITION BY sentiment ORDER BY score DESC, created_at DESC, tweet_id) AS number
    FROM (
        SELECT
            tweet_id, lang, sentiment, created_at, CAST(created_at AS DATE) AS day,
            CASE WHEN sentiment = 'POSITIVE' THEN positive ELSE negative END AS score
        FROM tweet_sentiment
        WHERE sentiment IN ('POSITIVE', 'NEGATIVE')
            AND CAST(created_at AS DATE) > (SELECT date_add(CAST(max(created_at) AS DATE), -10) FROM tweet_sentiment)
    ) scored
) numbered
WHERE number <= 5
ORDER BY sentiment DESC, score DESC, day DESC, tweet_id
