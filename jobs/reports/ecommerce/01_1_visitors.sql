-- Visitors per day
-- Distinct visitors per local day, and how many of them are new; at most the last 366 days. When the data starts, every
--    visitor counts as new.
-- empty: There are no visitors yet.
-- day: Local day.
SELECT period_start AS day, visitors, new_visitors, returning_visitors, sessions, buyers, partial
FROM unique_visitors
WHERE grain = 'day' AND period_start > (SELECT date_add(max(period_start), -366) FROM unique_visitors)
ORDER BY day
