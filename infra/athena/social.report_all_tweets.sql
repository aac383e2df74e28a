-- All tweets
-- Tweets that were not deleted, their authors, and how many have a place.
CREATE OR REPLACE VIEW social.report_all_tweets AS
SELECT
  t.tweets,
  t.retweets,
  t.authors,
  TRY_CAST(p.located AS DOUBLE) / NULLIF(NULLIF(t.tweets, 0), 0) AS located_rate
FROM (
  SELECT
    COUNT(*) AS tweets,
    COUNT(retweeted_id) AS retweets,
    COUNT(DISTINCT author_id) AS authors
  FROM social.tweets AS tweets
) AS t
CROSS JOIN (
  SELECT
    COUNT(DISTINCT tweet_id) AS located
  FROM social.tweet_places AS tweet_places
) AS p
WHERE
  t.tweets > 0
