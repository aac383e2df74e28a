-- Runs of the last weeks
-- How long each run took and how it ended; what it read and what it would have cost on AWS Glue stands in the numbers. The 28 days up to the newest run; at most 200 runs.
-- empty: There has been no run yet.
-- ended: The worst that happened to a table of it: failed, refused, overtaken, stopped; else published or no_change. started: it is still running, or was killed.
-- seconds: From start to end of the whole run; nothing while it runs.
-- dollars: Estimated cost on two G.1X workers of Glue at 0.44 US dollars a DPU-hour.
-- tables_published: Tables of which it published a new version.
-- rows_read: Rows of the files that it read.
-- rows_kept: Rows that were new and good.
-- rows_rejected: Rows with a problem.
-- rows_duplicate: Good rows that were there already.
-- rows_late: Good rows older than max_late_days allows.
-- message: Why it ended so: the first reason that is not that of another table. E-mail addresses are masked.
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
        min(CASE WHEN message NOT LIKE 'goes with %' AND message NOT LIKE 'reads %' THEN message END),
        '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+',
        '***@***'
    ) AS message
FROM recent
GROUP BY run_id, job, started_at
ORDER BY started_at DESC, run_id DESC
LIMIT 200
