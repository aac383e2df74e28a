-- Who judged, and what was not judged
-- Tweets by analyser and by the reason why their text could not be judged.
CREATE OR REPLACE VIEW social.report_unscored AS
SELECT
  analyser,
  COALESCE(reason, 'judged') AS outcome,
  COUNT(*) AS tweets
FROM social.tweet_sentiment AS tweet_sentiment
GROUP BY
  analyser,
  COALESCE(reason, 'judged')
ORDER BY
  tweets DESC,
  outcome NULLS FIRST
