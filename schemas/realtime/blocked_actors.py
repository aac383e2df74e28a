"""The block list and its history: who was blocked, or would have been, until when."""

from schemas.table import RUN_ID, Column, Table

BLOCKED_ACTORS = Table(
    name="realtime.blocked_actors",
    grain="one row per block: an incident of a rule that blocks or challenges",
    key=("rule", "key_kind", "key", "first_seen"),
    columns=(
        Column("rule", "string", "Rule that was breached.", required=True),
        Column("key_kind", "string", "Kind of key: ip, user_id or user_session.", required=True),
        Column("key", "string", "Who is blocked.", required=True, pii=True),
        Column("action", "string", "block or challenge.", required=True),
        Column("first_seen", "timestamp", "When the limit was first reached, UTC; in steps of 10 s.", required=True),
        Column("last_seen", "timestamp", "Last events within a breach, UTC; in steps of 10 s.", required=True),
        Column("max_rate", "double", "Most that the rule counted in a window, per second.", required=True),
        Column(
            "expires_at", "timestamp", "End of the block, UTC: ttl_s after the last breach, doubled.", required=True
        ),
        Column("offences", "long", "Blocks of this key by this rule, less than 4 ttl_s apart.", required=True),
        Column("mode", "string", "enforce, or observe: it would have been blocked.", required=True),
        Column(RUN_ID.name, "string", "Run that published the row as it is; see ops.runs.", required=True),
    ),
    partition="days(first_seen)",
    time="first_seen",
)
