-- What is odd about the changes
-- Changes of the last 28 days that have a problem and were refused, or that do not fit what the table had, such as an insert of a row that is there, and were applied all the same.
-- empty: Nothing was odd.
-- table: The table.
-- anomaly: What is odd; see the problems in docs/cdc.md. op_anomaly: an insert of a row that is there, or an update of one that is not.
-- refused: Whether such changes were refused.
-- changes: How many there were.
-- last_seen: When the last run began that saw one, UTC.
WITH recent AS (
    SELECT `table`, started_at, changes_json FROM runs
    WHERE
        changes_json IS NOT NULL AND finished_at IS NOT NULL
        AND started_at > (SELECT max(started_at) FROM runs) - INTERVAL '28' DAY
)
SELECT `table`, kind AS anomaly, about = 'problem' AS refused, sum(of_kind) AS changes, max(started_at) AS last_seen
FROM recent LATERAL VIEW inline(from_json(changes_json, 'array<struct<about:string,kind:string,rows:bigint>>')) o AS about, kind, of_kind
WHERE about IN ('problem', 'remark')
GROUP BY `table`, kind, about
ORDER BY changes DESC, `table`, anomaly
