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
    SELECT raw_line, source_file, problem FROM recent LATERAL VIEW explode(problems) p AS problem
),
firsts AS (
    SELECT problem, count(*) AS rows, count(DISTINCT source_file) AS files, min(raw_line) AS example FROM reasons GROUP BY problem
)
SELECT
    f.problem,
    f.rows,
    f.files,
    substring(regexp_replace(f.example, '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***'), 1, 200) AS example,
    regexp_replace(min(r.source_file), '[^ ,;<>|=/]*(@|＠|%40)[^ ,;"<>|=/]+', '***@***') AS example_file
FROM firsts f JOIN reasons r ON f.problem = r.problem AND f.example = r.raw_line
GROUP BY f.problem, f.rows, f.files, f.example
ORDER BY f.rows DESC, f.problem
