-- About this report
-- Days are local days of the time zone; times are in UTC.
-- empty: Nothing has been published yet.
-- time_zone: IANA time zone of the local days.
-- first_day: First local day with events.
-- last_day: Last local day with events.
-- as_of: Data time up to which the tables were computed, UTC; later events do not count.
-- run_id: The run that published the visitors.
WITH days AS (
    SELECT min(time_zone) AS time_zone, min(period_start) AS first_day, max(period_start) AS last_day
        FROM unique_visitors WHERE grain = 'day'
),
published AS (
    SELECT as_of, run_id FROM runs
    WHERE `table` = 'ecommerce.unique_visitors' AND status = 'published'
    ORDER BY finished_at DESC, run_id DESC
    LIMIT 1
)
SELECT time_zone, first_day, last_day, as_of, run_id
FROM days LEFT JOIN published ON TRUE
WHERE first_day IS NOT NULL
