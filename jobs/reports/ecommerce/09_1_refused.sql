-- Rejected rows by reason
-- Rejected rows of the last 28 days with any, by reason; a row with two reasons counts in both. Complete rows are kept
--    in rejected_events.
-- empty: No rows were rejected.
-- problem: Reason for the rejection; see Problems in docs/definitions.md.
-- rows: Rejected rows with that problem.
-- files: Files with such rows.
-- example: One of the rows, up to 200 characters: the first in alphabetical order. E-mail addresses are masked.
-- example_file: The file of the example. E-mail addresses are masked.
WITH recent AS (
    SELECT raw_line, problems, source_file FROM rejected_events
    WHERE received_on > (SELECT date_add(max(received_on), -28) FROM rejected_events)
),
reasons AS (
    SELECT problem, source_file, concat(raw_line, chr(0), source_file) AS both FROM recent
        LATERAL VIEW explode(problems) p AS problem
),
firsts AS (
    SELECT problem, count(*) AS rows, count(DISTINCT source_file) AS files, min(both) AS example FROM reasons
        GROUP BY problem
)
SELECT
    problem,
    rows,
    files,
    substring(regexp_replace(split_part(example, chr(0), 1), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***'),
        1, 200) AS example,
    regexp_replace(split_part(example, chr(0), 2), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***') AS example_file
FROM firsts
ORDER BY rows DESC, problem
