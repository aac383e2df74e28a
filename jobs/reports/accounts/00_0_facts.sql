-- About this report
-- Visits are counted per UTC day; first and last day of a visitor are local days of time_zone. Names and addresses are
--    not shown.
-- empty: No accounts or visits have been ingested yet.
-- first_opened_on: Day on which the first account was opened.
-- last_opened_on: Day on which the last account was opened.
-- first_visit: Start of the first visit, UTC.
-- last_visit: Start of the last visit, UTC.
-- time_zone: IANA time zone of the first and last day of a visitor.
SELECT a.first_opened_on, a.last_opened_on, v.first_visit, v.last_visit, t.time_zone
FROM (SELECT min(account_opened_on) AS first_opened_on, max(account_opened_on) AS last_opened_on, count(*) AS n
    FROM clean_accounts) a
CROSS JOIN (SELECT min(visited_at) AS first_visit, max(visited_at) AS last_visit, count(*) AS n FROM clean_visits) v
CROSS JOIN (SELECT max(time_zone) AS time_zone FROM top_visitors) t
WHERE a.n + v.n > 0
