-- Latest blocks
-- The 25 latest blocks and why, without their keys; the table blocked_actors has these.
-- empty: Nobody has been blocked.
-- reasons: Rules that the key reached at least in part, with their values.
-- bot_score: 1, certainly automated, to 99.
-- max_rate: Most that the rule counted in a window, per second.
-- offences: Blocks of the same key by the same rule until then.
SELECT
    blocks.rule,
    blocks.key_kind,
    blocks.first_seen,
    blocks.last_seen,
    array_join(incidents.reasons, ', ') AS reasons,
    incidents.bot_score,
    blocks.max_rate,
    blocks.expires_at,
    blocks.offences,
    blocks.mode
FROM blocked_actors AS blocks
LEFT JOIN bot_alerts AS incidents
    ON incidents.rule = blocks.rule AND incidents.key_kind = blocks.key_kind AND incidents.key = blocks.key
    AND incidents.first_seen = blocks.first_seen
ORDER BY blocks.first_seen DESC, blocks.rule, blocks.max_rate DESC
LIMIT 25
