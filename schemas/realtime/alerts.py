"""The alerts that are sent: one alert for the incidents of a rule in a minute, and when they are over."""

from schemas.table import Column, Table

ALERTS = Table(
    name="realtime.alerts",
    grain="one row per rule, state and minute in which incidents came into that state",
    key=("alerted_at", "rule", "state"),
    columns=(
        Column("alerted_at", "timestamp", "End of the minute, in event time, UTC.", required=True),
        Column("rule", "string", "Rule that was breached, or mass_block_guard.", required=True),
        Column(
            "state",
            "string",
            "raised, repeated after each 4 h while it goes on, or resolved after ttl_s.",
            required=True,
        ),
        Column("severity", "string", "Severity of the rule: info, warning or critical.", required=True),
        Column("incidents", "long", "Incidents that the alert is about.", required=True),
        Column("keys", "array<string>", "Kind and value of the first 20 keys.", True, pii=True),
    ),
    partition="days(alerted_at)",
    time="alerted_at",
)
