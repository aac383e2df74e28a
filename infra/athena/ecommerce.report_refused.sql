-- Rejected rows by reason
-- Rejected rows of the last 28 days with any, by reason; a row with two reasons counts in both. Complete rows are kept in rejected_events.
CREATE OR REPLACE VIEW ecommerce.report_refused AS
WITH recent AS (
  SELECT
    raw_line,
    problems,
    source_file
  FROM ecommerce.rejected_events AS rejected_events
  WHERE
    received_on > (
      SELECT
        DATE_ADD('DAY', -28, CAST(CAST(MAX(received_on) AS TIMESTAMP) AS DATE))
      FROM ecommerce.rejected_events AS rejected_events
    )
), reasons AS (
  SELECT
    problem,
    source_file,
    CONCAT(CAST(raw_line AS VARCHAR), CAST(CHR(  0) AS VARCHAR), CAST(source_file AS VARCHAR)) AS both
  FROM recent
  CROSS JOIN UNNEST(problems) AS p(problem)
), firsts AS (
  SELECT
    problem,
    COUNT(*) AS rows,
    COUNT(DISTINCT source_file) AS files,
    MIN(both) AS example
  FROM reasons
  GROUP BY
    problem
)
SELECT
  problem,
  rows,
  files,
  SUBSTR(
    REGEXP_REPLACE(SPLIT_PART(example, CHR(  0), 1), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***'),
    1,
    200
  ) AS example,
  REGEXP_REPLACE(SPLIT_PART(example, CHR(  0), 2), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***') AS example_file
FROM firsts
ORDER BY
  rows DESC,
  problem NULLS FIRST
