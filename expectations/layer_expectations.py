"""Expectations of clean and rejected tables."""

from typing import Any

from expectations.schema_expectations import expect_no_rows
from schemas.table import Table

_UNUSUAL_REJECTIONS = (
    "SELECT day, round(value / 100, 2) AS percent, round(usual / 100, 2) AS usual FROM usual_refusals "
    "WHERE known >= 4 AND (value - usual) * 0.6745 >= 4 * spread AND EXISTS (SELECT 1 FROM {batch}) ORDER BY day"
)


_COUNT = "SELECT counted.n FROM (SELECT count(*) AS n FROM {batch}) AS counted WHERE counted.n <> "


def layer_expectations(table: Table) -> list[dict[str, Any]]:
    """The expectations of a clean or rejected table; none for other tables."""
    if table.is_clean:
        return _clean()
    return _rejected(table.problems) if table.problems else []


def _clean() -> list[dict[str, Any]]:
    others = "".join(f" - (SELECT run.rows_{kind} FROM run)" for kind in ("rejected", "late", "duplicate"))
    return [
        expect_no_rows(
            "the row count equals the new valid rows of the input", f"{_COUNT}(SELECT run.rows_read FROM run){others}"
        )
    ]


def _rejected(problems: tuple[str, ...]) -> list[dict[str, Any]]:
    known, ambiguous = (
        ", ".join(f"'{problem}'" for problem in names)
        for names in (problems, [problem for problem in problems if problem.startswith("ambiguous_")])
    )
    bad_problems = (
        "size(problems) = 0 OR size(array_compact(problems)) < size(problems) "
        f"OR size(array_except(problems, array({known}))) > 0"
    )
    row_checks = (
        (
            "raw_line is null only for a forgotten person",
            "problems",
            "(raw_line IS NULL) <> (problems = array('forgotten'))",
        ),
        ("every row has problems, all of them known", "problems", bad_problems),
        ("raw_line has no NUL character", "raw_line", "instr(raw_line, char(0)) > 0"),
        (
            "received_on is the UTC date of the clock",
            "received_on",
            "received_on <> to_date((SELECT run.clock FROM run))",
        ),
    )
    return [
        expect_no_rows(
            "the row count equals the rejected rows of the input",
            f"{_COUNT}(SELECT run.rows_rejected FROM run) + (SELECT run.rows_late FROM run)",
        ),
        *(
            expect_no_rows(name, f"SELECT {column} FROM {{batch}} WHERE {condition}")
            for name, column, condition in row_checks
        ),
        expect_no_rows(
            "the share of rejected rows is normal for the weekday",
            _UNUSUAL_REJECTIONS,
            severity="warning",
            tells_rows=True,
        ),
        *([_ambiguous_dates(ambiguous)] if ambiguous else []),
    ]


def _ambiguous_dates(ambiguous: str) -> dict[str, Any]:
    """A warning with the files that have a date with an ambiguous order of day and month."""
    rows = "SELECT source_file, count(*) AS rows FROM {batch}"
    condition = f"size(array_intersect(problems, array({ambiguous}))) > 0"
    query = f"{rows} WHERE {condition} GROUP BY source_file ORDER BY source_file"
    return expect_no_rows("no file has an ambiguous order of day and month", query, severity="warning", tells_rows=True)
