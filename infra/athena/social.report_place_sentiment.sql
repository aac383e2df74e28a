-- Sentiment by place and brand
-- Positive less negative tweets, as a share of the judged ones, since the first day; the 25 with the most of these.
CREATE OR REPLACE VIEW social.report_place_sentiment AS
SELECT
  name,
  judged,
  positive,
  negative,
  TRY_CAST(positive - negative AS DOUBLE) / NULLIF(judged, 0) AS net
FROM (
  SELECT
    subject_id,
    name,
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
  name NULLS FIRST
LIMIT 25
