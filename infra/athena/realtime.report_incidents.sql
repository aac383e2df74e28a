-- Incidents by rule
-- How many incidents each rule had, of how many keys, and what became of them.
CREATE OR REPLACE VIEW realtime.report_incidents AS
SELECT
  "rule",
  "incidents",
  "blocked",
  "would_be_blocked",
  "worst_score",
  CAST("last_seen" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_seen"
FROM (
  WITH blocks AS (
    SELECT
      rule,
      SUM(CASE WHEN mode = 'enforce' THEN 1 ELSE 0 END) AS blocked,
      SUM(CASE WHEN mode = 'observe' THEN 1 ELSE 0 END) AS would_be_blocked
    FROM realtime.blocked_actors AS blocked_actors
    GROUP BY
      rule
  ), rules AS (
    SELECT
      rule,
      COUNT(*) AS incidents,
      MIN(bot_score) AS worst_score,
      MAX(last_seen) AS last_seen
    FROM realtime.bot_alerts AS bot_alerts
    GROUP BY
      rule
  )
  SELECT
    rules.rule,
    rules.incidents,
    COALESCE(blocks.blocked, 0) AS blocked,
    COALESCE(blocks.would_be_blocked, 0) AS would_be_blocked,
    rules.worst_score,
    rules.last_seen
  FROM rules
  LEFT JOIN blocks
    ON blocks.rule = rules.rule
  ORDER BY
    rules.incidents DESC,
    rules.rule NULLS FIRST
)
