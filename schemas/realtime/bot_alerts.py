"""Incidents: who behaved like no shopper, by which rule, and since when."""

from schemas.table import Column, Table

BOT_ALERTS = Table(
    name="realtime.bot_alerts",
    grain="one row per incident: the breaches of one rule by one key without a longer break",
    key=("rule", "key_kind", "key", "first_seen"),
    columns=(
        Column("rule", "string", "Rule that was breached.", required=True),
        Column("key_kind", "string", "Kind of key: ip, user_id, user_session or category_id.", required=True),
        Column("key", "string", "Who breached it, or the category that was flooded.", required=True, pii=True),
        Column(
            "action",
            "string",
            "What the rule asks for: block, challenge, alert or count; allowed for a key on the allow list.",
            required=True,
        ),
        Column("first_seen", "timestamp", "When the limit was first reached, UTC; in steps of 10 s.", required=True),
        Column("last_seen", "timestamp", "Last events within a breach, UTC; in steps of 10 s.", required=True),
        Column("raised_at", "timestamp", "When the first breach was certain, in event time, UTC.", required=True),
        Column("max_value", "long", "Most that the rule counted in a window.", required=True),
        Column("bot_score", "long", "1, certainly automated, to 99; of the most suspicious window.", required=True),
        Column("bot_band", "string", "automated (1), likely_automated (2 to 29) or likely_human.", required=True),
        Column("reasons", "array<string>", "Rules that the key reached at least in part, with their values.", True),
        Column(
            "visitors",
            "array<long>",
            "Visitors whose events an address or session had, the 20 smallest ids: erasure finds the row by them.",
            required=True,
            pii=True,
        ),
    ),
    partition="days(first_seen)",
    time="first_seen",
)
