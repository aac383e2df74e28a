-- Interactions
-- Tweets per kind of interaction and local day; at most the last 90 days.
-- empty: Nobody retweeted, quoted, answered or mentioned another user yet.
-- retweet: Tweets that retweet.
-- quote: Tweets that quote.
-- reply: Tweets that reply.
-- mention: Tweets that only mention.
SELECT
    day,
    sum(CASE WHEN kind = 'retweet' THEN tweets ELSE 0 END) AS retweet,
    sum(CASE WHEN kind = 'quote' THEN tweets ELSE 0 END) AS quote,
    sum(CASE WHEN kind = 'reply' THEN tweets ELSE 0 END) AS reply,
    sum(CASE WHEN kind = 'mention' THEN tweets ELSE 0 END) AS mention
FROM interactions
WHERE day > (SELECT date_add(max(day), -90) FROM interactions)
GROUP BY day
ORDER BY day
