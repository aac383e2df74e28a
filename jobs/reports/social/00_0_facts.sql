-- About this report
-- Influence and its places are those of the period; names and texts are not shown.
-- empty: No tweets have been ingested yet.
-- first_tweet: Time of the first tweet, UTC.
-- last_tweet: Time of the last tweet, UTC.
SELECT t.first_tweet, t.last_tweet, i.period_start, i.period_end, i.time_zone
FROM (SELECT min(created_at) AS first_tweet, max(created_at) AS last_tweet, count(*) AS n FROM tweets) t
CROSS JOIN (
    SELECT max(period_start) AS period_start, max(period_end) AS period_end, max(time_zone) AS time_zone
        FROM influencers
) i
WHERE t.n > 0
