-- Late and repeated changes
-- Outcome of the changes of each table, in the runs of the last 28 days. Late and repeated changes do not affect the
--    current rows; they show how reliable the feed is.
-- empty: No change has been applied yet.
-- table: The table.
-- changes_read: Changes in the ingested files.
-- applied: Changes newer than the current row.
-- stale: Changes older than the current row; history tables include them at their position.
-- replayed: Changes that were already applied.
-- rejected: Changes with a problem; they are kept in the rejected_ table.
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
