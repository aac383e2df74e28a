-- All tweets
-- Tweets that were not deleted, their authors, and how many have a place.
-- empty: No tweets have been ingested yet.
-- tweets: Tweets, with retweets.
-- retweets: Retweets among them.
-- authors: Authors of the tweets.
-- located_rate: Tweets with a place, mentioned or attached / all tweets.
SELECT
    t.tweets, t.retweets, t.authors,
    CAST(p.located AS DOUBLE) / nullif(t.tweets, 0) AS located_rate
FROM (
    SELECT count(*) AS tweets, count(retweeted_id) AS retweets, count(DISTINCT author_id) AS authors FROM tweets
) t
CROSS JOIN (SELECT count(DISTINCT tweet_id) AS located FROM tweet_places) p
WHERE t.tweets > 0
