-- Latest blocks
-- The 25 latest blocks, without their keys; the table blocked_actors has these.
CREATE OR REPLACE VIEW realtime.report_blocks AS
SELECT
  "rule",
  "key_kind",
  CAST("first_seen" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "first_seen",
  CAST("last_seen" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_seen",
  "max_rate",
  CAST("expires_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "expires_at",
  "offences",
  "mode"
FROM (
  SELECT
    rule,
    key_kind,
    first_seen,
    last_seen,
    max_rate,
    expires_at,
    offences,
    mode
  FROM realtime.blocked_actors AS blocked_actors
  ORDER BY
    first_seen DESC,
    rule NULLS FIRST,
    max_rate DESC
  LIMIT 25
)
