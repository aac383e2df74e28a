"""Enumerations of the realtime domain, shared by rules and suites."""

# The columns of an event that identify who acts, and the category that is acted on.
ACTOR_KEYS = ("ip", "user_id", "user_session")
PERSON_KEY = "user_id"
CATEGORY_KEY = "category_id"
KEY_KINDS = (*ACTOR_KEYS, CATEGORY_KEY)

# What a rule asks for, and what becomes of an incident: nothing, if its key is on the allow list.
BLOCK_ACTIONS = ("block", "challenge")
RULE_ACTIONS = (*BLOCK_ACTIONS, "alert", "count")
INCIDENT_ACTIONS = (*RULE_ACTIONS, "allowed")
MODES = ("observe", "enforce")
SEVERITIES = ("info", "warning", "critical")
# By bot score: 1, 2 to 29, and 30 to 99.
BOT_BANDS = ("automated", "likely_automated", "likely_human")

# What alerts are about besides rules.
RATE_ANOMALY = "rate_anomaly"
GUARD = "mass_block_guard"

DETECTORS = ("rcf", "median")
DIRECTIONS = ("up", "down", "none")
ALERT_STATES = ("raised", "repeated", "resolved")
