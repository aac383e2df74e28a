-- Sentiment by day
-- Positive tweets, and positive less negative ones, as shares of the judged ones; at most the last 90 days.
CREATE OR REPLACE VIEW social.report_sentiment AS
SELECT
  day,
  tweets - unscored AS judged,
  positive,
  negative,
  net_sentiment,
  positive_share,
  positive_low,
  positive_high
FROM social.net_sentiment AS net_sentiment
WHERE
  subject = 'all'
  AND NOT net_sentiment IS NULL
  AND day > (
    SELECT
      DATE_ADD('DAY', -90, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
    FROM social.net_sentiment AS net_sentiment
  )
ORDER BY
  day NULLS FIRST
