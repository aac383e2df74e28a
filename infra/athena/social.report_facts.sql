-- About this report
-- Influence and its places are those of the period; names and texts are not shown.
CREATE OR REPLACE VIEW social.report_facts AS
SELECT
  CAST("first_tweet" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_tweet",
  CAST("last_tweet" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_tweet",
  "period_start",
  "period_end",
  "time_zone"
FROM (
  SELECT
    t.first_tweet,
    t.last_tweet,
    i.period_start,
    i.period_end,
    i.time_zone
  FROM (
    SELECT
      MIN(created_at) AS first_tweet,
      MAX(created_at) AS last_tweet,
      COUNT(*) AS n
    FROM social.tweets AS tweets
  ) AS t
  CROSS JOIN (
    SELECT
      MAX(period_start) AS period_start,
      MAX(period_end) AS period_end,
      MAX(time_zone) AS time_zone
    FROM social.influencers AS influencers
  ) AS i
  WHERE
    t.n > 0
)
