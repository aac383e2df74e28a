-- Latest blocks
-- The 25 latest blocks and why, without their keys; the table blocked_actors has these.
CREATE OR REPLACE VIEW realtime.report_blocks AS
SELECT
  "rule",
  CAST("first_seen" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_seen",
  CAST("expires_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "expires_at",
  "reasons",
  "bot_score",
  "offences",
  "mode"
FROM (
  SELECT
    blocks.rule,
    blocks.first_seen,
    blocks.expires_at,
    ARRAY_JOIN(incidents.reasons, ', ') AS reasons,
    incidents.bot_score,
    blocks.offences,
    blocks.mode
  FROM realtime.blocked_actors AS blocks
  LEFT JOIN realtime.bot_alerts AS incidents
    ON incidents.rule = blocks.rule
    AND incidents.key_kind = blocks.key_kind
    AND incidents.key = blocks.key
    AND incidents.first_seen = blocks.first_seen
  ORDER BY
    blocks.first_seen DESC,
    blocks.rule NULLS FIRST,
    incidents.bot_score NULLS FIRST
  LIMIT 25
)
