-- Data quality
-- The newest run whose rows were published or refused, and the last check of each table.
-- empty: No run has read any rows yet.
-- verdict: The newest run failed, was overtaken or was stopped: its rows were not published, and the other values are
--    of earlier runs. Otherwise good: all expectations passed. Good, with warnings: only non-critical expectations
--    failed. Refused: the last check refused at least one table, because of a critical expectation or too many rejected
--    rows, and readers see its previous version.
-- rows_read: Rows in the files read by the run.
-- rejected_rate: rows_rejected / rows_read: the share that was refused.
-- expectations_evaluated: Expectations evaluated in the last check of each table.
-- expectations_passed: Expectations that passed.
-- did_not_hold: Expectations that failed.
-- run_id: The newest run that read files and published or refused their rows.
-- read_at: Start of the run, UTC.
WITH checked AS (
    SELECT
        `table`,
        status,
        suite_results_json,
        row_number() OVER (PARTITION BY `table` ORDER BY finished_at DESC, run_id DESC) AS newest
    FROM runs
    WHERE status IN ('published', 'refused') AND suite_results_json <> '[]'
),
outcomes AS (
    SELECT
        count(*) AS evaluated,
        sum(CASE WHEN success THEN 1 ELSE 0 END) AS passed,
        sum(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        array_join(array_sort(collect_list(CASE WHEN NOT success THEN concat(`table`, ': ', name) END)),
        '; ') AS did_not_hold
    FROM checked LATERAL VIEW inline(
        from_json(suite_results_json,
            'array<struct<name:string,severity:string,success:boolean,expected:string,observed:string>>')
    ) o AS name, severity, success, expected, observed
    WHERE newest = 1
),
newest_run AS (
    SELECT max(CASE WHEN status IN ('failed', 'overtaken', 'stopped') THEN status END) AS broke_off
    FROM runs
    WHERE run_id = (SELECT run_id FROM runs WHERE finished_at IS NOT NULL ORDER BY started_at DESC, run_id DESC LIMIT 1)
),
reading AS (
    SELECT
        run_id,
        min(started_at) AS read_at,
        CAST(sum(rows_read) AS BIGINT) AS rows_read,
        CAST(sum(rows_kept) AS BIGINT) AS rows_kept,
        CAST(sum(rows_rejected) AS BIGINT) AS rows_rejected,
        CAST(sum(rows_duplicate) AS BIGINT) AS rows_duplicate,
        CAST(sum(rows_late) AS BIGINT) AS rows_late
    FROM runs
    WHERE rows_read > 0 AND status IN ('published', 'refused')
    GROUP BY run_id
    ORDER BY read_at DESC, run_id DESC
    LIMIT 1
)
SELECT
    CASE
        WHEN broke_off IS NOT NULL THEN concat(
            'the newest run ', CASE WHEN broke_off = 'failed' THEN 'failed' ELSE concat('was ', broke_off) END)
        WHEN evaluated = 0 THEN 'not checked'
        WHEN refused > 0 THEN 'refused'
        WHEN passed < evaluated THEN 'good, with warnings'
        ELSE 'good'
    END AS verdict,
    passed AS expectations_passed,
    evaluated AS expectations_evaluated,
    CAST(rows_rejected AS DOUBLE) / rows_read AS rejected_rate,
    rows_read,
    rows_kept,
    rows_rejected,
    rows_duplicate,
    rows_late,
    nullif(did_not_hold, '') AS did_not_hold,
    run_id,
    read_at
FROM outcomes CROSS JOIN newest_run CROSS JOIN reading
