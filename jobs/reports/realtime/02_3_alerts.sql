-- Latest alerts
-- The 25 latest alerts: incidents of a rule that were raised, went on or were resolved within a minute.
-- empty: There was no alert.
-- alerted_at: End of the minute, UTC.
-- incidents: Incidents that the alert is about.
SELECT alerted_at, rule, state, severity, incidents
FROM alerts
ORDER BY alerted_at DESC, rule, state
LIMIT 25
