-- The listed authors of the period by influence, with the parts of it.
CREATE OR REPLACE VIEW social.top_influencers AS
SELECT
    rank, author_id, author_name, influence, pagerank, followers, posts, engagement, engagement_rate, topic_share,
    country, period_start, period_end
FROM social.influencers
WHERE is_listed
