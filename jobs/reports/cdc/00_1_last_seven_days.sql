-- The last seven days
-- Changes applied by the runs of the last seven days with runs, over all tables.
-- empty: No change has been applied yet.
-- changes_read: Changes in the ingested files.
-- inserted: Inserted rows.
-- updated: Updated rows.
-- deleted: Deleted rows.
-- stale_rate: Changes older than the current row, which do not change the table / changes_read.
-- replayed_rate: Changes that had been applied before / changes_read.
-- rejected_rate: Changes with a problem / changes_read.
WITH applied AS (
    SELECT run_id, `table`, rows_read, rows_late, rows_duplicate, rows_rejected, changes_json FROM runs
    WHERE
        changes_json IS NOT NULL AND status = 'published'
        AND started_at > (SELECT max(started_at) FROM runs WHERE changes_json IS NOT NULL AND status = 'published')
            - INTERVAL '7' DAY
),
kinds AS (
    SELECT
        sum(CASE WHEN kind = 'inserted' THEN of_kind END) AS inserted,
        sum(CASE WHEN kind = 'updated' THEN of_kind END) AS updated,
        sum(CASE WHEN kind = 'deleted' THEN of_kind END) AS deleted
    FROM applied LATERAL VIEW inline(from_json(changes_json,
        'array<struct<about:string,kind:string,rows:bigint>>')) o AS about, kind, of_kind
    WHERE about = 'row'
),
totals AS (
    SELECT sum(rows_read) AS changes_read, sum(rows_late) AS stale, sum(rows_duplicate) AS replayed,
        sum(rows_rejected) AS rejected FROM applied
)
SELECT
    changes_read,
    coalesce(inserted, 0) AS inserted,
    coalesce(updated, 0) AS updated,
    coalesce(deleted, 0) AS deleted,
    CAST(stale AS DOUBLE) / changes_read AS stale_rate,
    CAST(replayed AS DOUBLE) / changes_read AS replayed_rate,
    CAST(rejected AS DOUBLE) / changes_read AS rejected_rate
FROM totals CROSS JOIN kinds
WHERE changes_read > 0
