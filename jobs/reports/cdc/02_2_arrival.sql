-- Changes that came late or again
-- What became of the changes of each table, in the runs of the last 28 days. Late and repeated ones change nothing that readers see, and say how the feed delivers.
-- empty: No change has been applied yet.
-- table: The table.
-- changes_read: Changes in the files that were taken.
-- applied: Changes that were newer than what the table had.
-- stale: Changes that were older; history, where it is kept, has them in their place.
-- replayed: Changes that had been applied before.
-- rejected: Changes with a problem; they are kept whole in rejected_ and the name of the table.
WITH recent AS (
    SELECT * FROM runs
    WHERE
        changes_json IS NOT NULL AND status = 'published'
        AND started_at > (SELECT max(started_at) FROM runs) - INTERVAL '28' DAY
)
SELECT
    `table`,
    sum(rows_read) AS changes_read,
    sum(rows_kept) AS applied,
    sum(rows_late) AS stale,
    sum(rows_duplicate) AS replayed,
    sum(rows_rejected) AS rejected
FROM recent
GROUP BY `table`
ORDER BY changes_read DESC, `table`
