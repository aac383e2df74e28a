-- Anomalous changes
-- Changes of the last 28 days that were rejected because of a problem, or that contradict the table, such as an insert
--    of an existing row, and were applied anyway.
-- empty: There were no anomalies.
-- table: The table.
-- anomaly: Kind of anomaly; see the problems in docs/cdc.md. op_anomaly: an insert of an existing row, an update of a
--    missing one, or a new key that another row has.
-- refused: Whether these changes were rejected.
-- changes: Number of changes.
-- last_seen: Start of the last run with such a change, UTC.
WITH recent AS (
    SELECT `table`, started_at, changes_json FROM runs
    WHERE
        changes_json IS NOT NULL AND finished_at IS NOT NULL
        AND started_at > (SELECT max(started_at) FROM runs) - INTERVAL '28' DAY
)
SELECT `table`, kind AS anomaly, about = 'problem' AS refused, sum(of_kind) AS changes, max(started_at) AS last_seen
FROM recent LATERAL VIEW inline(from_json(changes_json,
    'array<struct<about:string,kind:string,rows:bigint>>')) o AS about, kind, of_kind
WHERE about IN ('problem', 'remark') AND kind <> 'key_change'
GROUP BY `table`, kind, about
ORDER BY changes DESC, `table`, anomaly
