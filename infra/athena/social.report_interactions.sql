-- Interactions
-- Tweets per kind of interaction and local day; at most the last 90 days.
CREATE OR REPLACE VIEW social.report_interactions AS
SELECT
  day,
  SUM(CASE WHEN kind = 'retweet' THEN tweets ELSE 0 END) AS retweet,
  SUM(CASE WHEN kind = 'quote' THEN tweets ELSE 0 END) AS quote,
  SUM(CASE WHEN kind = 'reply' THEN tweets ELSE 0 END) AS reply,
  SUM(CASE WHEN kind = 'mention' THEN tweets ELSE 0 END) AS mention
FROM social.interactions AS interactions
WHERE
  day > (
    SELECT
      DATE_ADD('DAY', -90, CAST(CAST(MAX(day) AS TIMESTAMP) AS DATE))
    FROM social.interactions AS interactions
  )
GROUP BY
  day
ORDER BY
  day NULLS FIRST
