-- About this report
-- Each table is a copy of its source; times are in UTC.
-- empty: No change has been applied yet.
-- tables: Number of CDC tables.
-- newest_change: Time of the newest change of any table at its source, UTC.
-- last_published_at: End of the last run that published one of the tables, UTC.
SELECT count(DISTINCT `table`) AS tables, max(as_of) AS newest_change, max(finished_at) AS last_published_at
FROM runs
WHERE changes_json IS NOT NULL AND status = 'published'
HAVING count(*) > 0
