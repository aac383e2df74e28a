-- Sentiment by place and brand
-- Positive less negative tweets, as a share of the judged ones, since the first day; the 25 with the most.
CREATE OR REPLACE VIEW social.report_place_sentiment AS
SELECT
  location,
  judged,
  positive,
  negative,
  TRY_CAST(positive - negative AS DOUBLE) / NULLIF(judged, 0) AS net
FROM (
  SELECT
    subject_id,
    name AS location,
    SUM(tweets - unscored) AS judged,
    SUM(positive) AS positive,
    SUM(negative) AS negative
  FROM social.net_sentiment AS net_sentiment
  WHERE
    subject IN ('place', 'brand')
  GROUP BY
    subject,
    subject_id,
    name
) AS t
WHERE
  judged >= 20
ORDER BY
  judged DESC,
  location NULLS FIRST
LIMIT 25
