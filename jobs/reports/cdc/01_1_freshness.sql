-- Freshness of each table
-- The newest change in each table, and its age when the table was published. Later changes of the source are not
--    included yet.
-- empty: No change has been applied yet.
-- table: The table.
-- newest_change: Time of its newest change at the source, UTC; empty if the feed has no times.
-- published_at: End of the last run that published it, UTC.
-- hours_behind: Hours from newest_change to published_at.
-- last_outcome: Outcome of the last run that processed it.
WITH published AS (
    SELECT `table`, max(as_of) AS newest_change, max(finished_at) AS published_at FROM runs
    WHERE changes_json IS NOT NULL AND status = 'published'
    GROUP BY `table`
),
ended AS (
    SELECT `table`, status, row_number() OVER (PARTITION BY `table` ORDER BY finished_at DESC, run_id DESC) AS newest
        FROM runs WHERE finished_at IS NOT NULL
)
SELECT
    published.`table`,
    newest_change,
    published_at,
    CAST(timestampdiff(SECOND, newest_change, published_at) AS DOUBLE) / 3600 AS hours_behind,
    status AS last_outcome
FROM published INNER JOIN ended ON published.`table` = ended.`table` AND newest = 1
ORDER BY hours_behind DESC, published.`table`
