-- Who judged, and what was not judged
-- Tweets by analyser and by the reason why their text could not be judged.
-- empty: No tweets have been ingested yet.
-- outcome: judged, or the reason.
-- tweets: Tweets, with retweets.
SELECT analyser, coalesce(reason, 'judged') AS outcome, count(*) AS tweets
FROM tweet_sentiment
GROUP BY analyser, coalesce(reason, 'judged')
ORDER BY tweets DESC, outcome
