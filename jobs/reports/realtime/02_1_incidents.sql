-- Incidents by rule
-- How many incidents each rule had, of how many keys, and what became of them.
-- empty: No rule has fired.
-- incidents: Incidents of the rule.
-- blocked: Blocks in mode enforce.
-- would_be_blocked: Blocks in mode observe, which were only recorded.
-- worst_score: Lowest bot score of the rule; 1 is certainly automated.
WITH blocks AS (
    SELECT
        rule,
        sum(CASE WHEN mode = 'enforce' THEN 1 ELSE 0 END) AS blocked,
        sum(CASE WHEN mode = 'observe' THEN 1 ELSE 0 END) AS would_be_blocked
    FROM blocked_actors
    GROUP BY rule
), rules AS (
    SELECT rule, count(*) AS incidents, min(bot_score) AS worst_score, max(last_seen) AS last_seen
    FROM bot_alerts
    GROUP BY rule
)
SELECT
    rules.rule,
    rules.incidents,
    coalesce(blocks.blocked, 0) AS blocked,
    coalesce(blocks.would_be_blocked, 0) AS would_be_blocked,
    rules.worst_score,
    rules.last_seen
FROM rules LEFT JOIN blocks ON blocks.rule = rules.rule
ORDER BY rules.incidents DESC, rules.rule
