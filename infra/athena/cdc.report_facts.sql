-- About this report
-- Each table is a copy of its source; times are in UTC.
CREATE OR REPLACE VIEW cdc.report_facts AS
SELECT
  "tables",
  CAST("newest_change" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "newest_change",
  CAST("last_published_at" AT TIME ZONE 'UTC' AS TIMESTAMP) AS "last_published_at"
FROM (
  SELECT
    COUNT(DISTINCT "table") AS tables,
    MAX(as_of) AS newest_change,
    MAX(finished_at) AS last_published_at
  FROM ops.runs AS runs
  WHERE
    NOT changes_json IS NULL AND status = 'published'
  HAVING
    COUNT(*) > 0
)
