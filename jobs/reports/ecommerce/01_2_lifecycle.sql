-- Visitors per week: new, staying, back, gone
-- Above the line who came, below it who came the week before and stayed away; at most the last 53 weeks. Pale: a part of the week is not known, and who stays away in it is not drawn.
-- empty: No week has been counted yet.
-- cross: week, state, visitors
SELECT week, state, visitors, partial
FROM visitor_lifecycle
WHERE week > (SELECT date_add(max(week), -371) FROM visitor_lifecycle)
ORDER BY week, state
