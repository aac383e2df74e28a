-- Row changes per day
-- Rows inserted, updated and deleted by the runs of each UTC day, over all tables; at most the last 60 days with
--    changes.
-- empty: No change has been applied yet.
-- day: UTC day on which the runs started.
-- inserted: Inserted rows.
-- updated: Updated rows.
-- deleted: Deleted rows.
WITH kinds AS (
    SELECT CAST(started_at AS DATE) AS day, kind, of_kind
    FROM runs LATERAL VIEW inline(from_json(changes_json,
        'array<struct<about:string,kind:string,rows:bigint>>')) o AS about, kind, of_kind
    WHERE status = 'published' AND changes_json IS NOT NULL AND about = 'row'
)
SELECT
    day,
    sum(CASE WHEN kind = 'inserted' THEN of_kind ELSE 0 END) AS inserted,
    sum(CASE WHEN kind = 'updated' THEN of_kind ELSE 0 END) AS updated,
    sum(CASE WHEN kind = 'deleted' THEN of_kind ELSE 0 END) AS deleted
FROM kinds
WHERE day > (SELECT date_add(max(day), -60) FROM kinds)
GROUP BY day
ORDER BY day
