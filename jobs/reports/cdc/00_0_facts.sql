-- What this report is about
-- Each table is what its source has; instants are in UTC.
-- empty: No change has been applied yet.
-- tables: Tables that follow a source.
-- newest_change: When the newest change of any of them was made at its source, UTC.
-- last_published_at: When the last run ended that published one of them, UTC.
SELECT count(DISTINCT `table`) AS tables, max(as_of) AS newest_change, max(finished_at) AS last_published_at
FROM runs
WHERE changes_json IS NOT NULL AND status = 'published'
HAVING count(*) > 0
