-- What this report is about
-- Visits are counted by UTC days, the days of a visitor are those of time_zone; nobody is called by a name or an address.
-- empty: No account and no visit has been taken in yet.
-- first_opened_on: Day on which the first account was opened.
-- last_opened_on: Day on which the last account was opened.
-- first_visit: When the first visit began, UTC.
-- last_visit: When the last visit began, UTC.
-- time_zone: IANA zone whose midnights bound the first and the last day of a visitor.
SELECT a.first_opened_on, a.last_opened_on, v.first_visit, v.last_visit, t.time_zone
FROM (SELECT min(account_opened_on) AS first_opened_on, max(account_opened_on) AS last_opened_on, count(*) AS n FROM clean_accounts) a
CROSS JOIN (SELECT min(visited_at) AS first_visit, max(visited_at) AS last_visit, count(*) AS n FROM clean_visits) v
CROSS JOIN (SELECT max(time_zone) AS time_zone FROM top_visitors) t
WHERE a.n + v.n > 0
