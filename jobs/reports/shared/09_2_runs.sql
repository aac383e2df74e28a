-- Recent runs
-- Duration and outcome of each run; rows read and the estimated cost on AWS Glue are in the data table. The 28 days up
--    to the newest run; at most 200 runs.
-- empty: There are no runs yet.
-- ended: The worst outcome of its tables: failed, refused, overtaken or stopped; otherwise published or no_change.
--    started: still running, or killed.
-- seconds: Duration of the whole run; empty while it is running.
-- dollars: Estimated cost on two G.1X workers of Glue at 0.44 US dollars a DPU-hour.
-- tables_published: Number of tables published.
-- rows_read: Rows in the input files.
-- rows_kept: New valid rows.
-- rows_rejected: Rows with a problem.
-- rows_duplicate: Valid rows that already existed.
-- rows_late: Valid rows older than max_late_days allows.
-- message: Reason for the outcome: the first that is not caused by another table. E-mail addresses are masked.
WITH recent AS (
    SELECT * FROM runs WHERE started_at > (SELECT max(started_at) FROM runs) - INTERVAL '28' DAY
)
SELECT
    started_at,
    job,
    CASE
        WHEN max(finished_at) IS NULL THEN 'started'
        WHEN sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) > 0 THEN 'failed'
        WHEN sum(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) > 0 THEN 'refused'
        WHEN sum(CASE WHEN status = 'overtaken' THEN 1 ELSE 0 END) > 0 THEN 'overtaken'
        WHEN sum(CASE WHEN status = 'stopped' THEN 1 ELSE 0 END) > 0 THEN 'stopped'
        WHEN sum(CASE WHEN status = 'published' THEN 1 ELSE 0 END) > 0 THEN 'published'
        ELSE 'no_change'
    END AS ended,
    timestampdiff(SECOND, started_at, max(finished_at)) AS seconds,
    max(dpu_hours_estimate) * 0.44 AS dollars,
    sum(CASE WHEN status = 'published' THEN 1 ELSE 0 END) AS tables_published,
    max(rows_read) AS rows_read,
    max(rows_kept) AS rows_kept,
    max(rows_rejected) AS rows_rejected,
    max(rows_duplicate) AS rows_duplicate,
    max(rows_late) AS rows_late,
    run_id,
    regexp_replace(
        min(CASE WHEN message NOT LIKE 'refused with %' AND message NOT LIKE 'reads %' THEN message END),
        '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+',
        '***@***'
    ) AS message
FROM recent
GROUP BY run_id, job, started_at
ORDER BY started_at DESC, run_id DESC
LIMIT 200
