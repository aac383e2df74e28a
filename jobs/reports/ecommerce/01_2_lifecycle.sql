-- Visitors per week: new, retained, resurrected, churned
-- Visitors of the week are above the line; visitors of the previous week who did not return are below it; at most the
--    last 53 weeks. Pale: the week is incomplete, and its churned visitors are not shown.
-- empty: There are no weeks yet.
-- cross: week, state, visitors
SELECT week, state, visitors, partial
FROM visitor_lifecycle
WHERE week > (SELECT date_add(max(week), -371) FROM visitor_lifecycle)
ORDER BY week, state
