-- Most influential authors
-- The 25 listed authors with the greatest influence in the period, and what it is made of.
CREATE OR REPLACE VIEW social.report_influencers AS
SELECT
  rank,
  author_id,
  influence,
  pagerank,
  followers,
  posts,
  engagement_rate,
  topic_share
FROM social.influencers AS influencers
WHERE
  rank <= 25
ORDER BY
  rank NULLS FIRST
