-- Examples
-- Of the newest ten days, the five most positive and the five most negative tweets; texts, names and ids are not shown.
CREATE OR REPLACE VIEW social.report_examples AS
SELECT
  day,
  sentiment,
  score,
  CONCAT(CAST('…' AS VARCHAR), CAST(SUBSTR(tweet_id, -4) AS VARCHAR)) AS tweet,
  lang
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY sentiment ORDER BY score DESC, created_at DESC, tweet_id NULLS FIRST) AS number
  FROM (
    SELECT
      tweet_id,
      lang,
      sentiment,
      created_at,
      TRY_CAST(created_at AS DATE) AS day,
      CASE WHEN sentiment = 'POSITIVE' THEN positive ELSE negative END AS score
    FROM social.tweet_sentiment AS tweet_sentiment
    WHERE
      sentiment IN ('POSITIVE', 'NEGATIVE')
      AND TRY_CAST(created_at AS DATE) > (
        SELECT
          DATE_ADD('DAY', -10, CAST(CAST(TRY_CAST(MAX(created_at) AS DATE) AS TIMESTAMP) AS DATE))
        FROM social.tweet_sentiment AS tweet_sentiment
      )
  ) AS scored
) AS numbered
WHERE
  number <= 5
ORDER BY
  sentiment DESC,
  score DESC,
  day DESC,
  tweet_id NULLS FIRST
