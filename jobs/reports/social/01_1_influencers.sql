-- Most influential authors
-- The 25 listed authors with the greatest influence in the period, and what it is made of.
-- empty: No author is listed: too few posts, or another country.
SELECT rank, author_id, influence, pagerank, followers, posts, engagement_rate, topic_share
FROM influencers
WHERE rank <= 25
ORDER BY rank
