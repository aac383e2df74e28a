-- Latest blocks
-- The 25 latest blocks, without their keys; the table blocked_actors has these.
-- empty: Nobody has been blocked.
-- max_rate: Most that the rule counted in a window, per second.
-- offences: Blocks of the same key by the same rule until then.
SELECT rule, key_kind, first_seen, last_seen, max_rate, expires_at, offences, mode
FROM blocked_actors
ORDER BY first_seen DESC, rule, max_rate DESC
LIMIT 25
