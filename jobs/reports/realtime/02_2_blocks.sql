-- Latest blocks
-- The 25 latest blocks and why, without their keys; the table blocked_actors has these.
-- empty: Nobody has been blocked.
-- reasons: Rules that the key reached at least in part, with their values.
-- bot_score: 1, certainly automated, to 99.
-- offences: Blocks of the same key by the same rule until then.
SELECT
    blocks.rule,
    blocks.first_seen,
    blocks.expires_at,
    array_join(incidents.reasons, ', ') AS reasons,
    incidents.bot_score,
    blocks.offences,
    blocks.mode
FROM blocked_actors AS blocks
LEFT JOIN bot_alerts AS incidents
    ON incidents.rule = blocks.rule AND incidents.key_kind = blocks.key_kind AND incidents.key = blocks.key
    AND incidents.first_seen = blocks.first_seen
ORDER BY blocks.first_seen DESC, blocks.rule, incidents.bot_score
LIMIT 25
