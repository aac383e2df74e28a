-- What was refused, and why
-- Refused rows of the last 28 days with any, by reason; a row with two reasons counts in both. Refused rows are kept whole in rejected_events.
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
    raw_line,
    source_file,
    problem
  FROM recent
  CROSS JOIN UNNEST(problems) AS p(problem)
), firsts AS (
  SELECT
    problem,
    COUNT(*) AS rows,
    COUNT(DISTINCT source_file) AS files,
    MIN(raw_line) AS example
  FROM reasons
  GROUP BY
    problem
)
SELECT
  f.problem,
  f.rows,
  f.files,
  SUBSTR(REGEXP_REPLACE(f.example, '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***'), 1, 200) AS example,
  REGEXP_REPLACE(MIN(r.source_file), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***') AS example_file
FROM firsts AS f
JOIN reasons AS r
  ON f.problem = r.problem AND f.example = r.raw_line
GROUP BY
  f.problem,
  f.rows,
  f.files,
  f.example
ORDER BY
  f.rows DESC,
  f.problem NULLS FIRST
