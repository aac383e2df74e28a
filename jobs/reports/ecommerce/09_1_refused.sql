-- What was refused, and why
-- Refused rows of the last 28 days with any, by reason; a row with two reasons counts in both. Refused rows are kept whole in rejected_events.
-- empty: Nothing was refused.
-- problem: Why the row was refused; see Problems in docs/definitions.md.
-- rows: Refused rows with that problem.
-- files: Files that delivered them.
-- example: One of them, up to 200 characters: the first in the order of the alphabet. E-mail addresses are masked.
-- example_file: The file that delivered the example. E-mail addresses are masked.
WITH recent AS (
    SELECT raw_line, problems, source_file FROM rejected_events
    WHERE received_on > (SELECT date_add(max(received_on), -28) FROM rejected_events)
),
reasons AS (
    SELECT problem, source_file, concat(raw_line, chr(0), source_file) AS both FROM recent LATERAL VIEW explode(problems) p AS problem
),
firsts AS (
    SELECT problem, count(*) AS rows, count(DISTINCT source_file) AS files, min(both) AS example FROM reasons GROUP BY problem
)
SELECT
    problem,
    rows,
    files,
    substring(regexp_replace(split_part(example, chr(0), 1), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***'), 1, 200) AS example,
    regexp_replace(split_part(example, chr(0), 2), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***') AS example_file
FROM firsts
ORDER BY rows DESC, problem
