-- Visitors per day
-- How many different people came on each local day, and how many of them for the first time; at most the last 366 days. When the data begin, everybody is new.
-- empty: No visitor has been counted yet.
-- day: Local day.
SELECT period_start AS day, visitors, new_visitors, returning_visitors, sessions, buyers, partial
FROM unique_visitors
WHERE grain = 'day' AND period_start > (SELECT date_add(max(period_start), -366) FROM unique_visitors)
ORDER BY day
