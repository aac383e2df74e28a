"""What must hold of every table into which files are taken, and of what is refused of them, as data."""

from typing import Any

from expectations.claims import finds_nothing
from schemas.table import Table

_MORE_THAN_USUAL = (
    "SELECT day, round(value / 100, 2) AS percent, round(usual / 100, 2) AS usual FROM usual_refusals "
    "WHERE known >= 4 AND (value - usual) * 0.6745 >= 4 * spread AND EXISTS (SELECT 1 FROM {batch}) ORDER BY day"
)


_COUNT = "SELECT counted.n FROM (SELECT count(*) AS n FROM {batch}) AS counted WHERE counted.n <> "


def delivered(table: Table) -> list[dict[str, Any]]:
    """The expectations of a table by its layer."""
    if table.is_clean:
        return _kept()
    return _refused(table.problems) if table.problems else []


def _kept() -> list[dict[str, Any]]:
    others = "".join(f" - (SELECT run.rows_{kind} FROM run)" for kind in ("rejected", "late", "duplicate"))
    return [
        finds_nothing("as many rows as the input has good new ones", f"{_COUNT}(SELECT run.rows_read FROM run){others}")
    ]


def _refused(problems: tuple[str, ...]) -> list[dict[str, Any]]:
    known, ambiguous = (
        ", ".join(f"'{problem}'" for problem in of)
        for of in (problems, [one for one in problems if one.startswith("ambiguous_")])
    )
    reasons = f"size(problems) = 0 OR size(array_compact(problems)) < size(problems) OR size(array_except(problems, array({known}))) > 0"
    each_row = (
        (
            "the line is kept, but for a forgotten person's",
            "problems",
            "(raw_line IS NULL) <> (problems = array('forgotten'))",
        ),
        ("every row has a reason, and only known ones", "problems", reasons),
        ("raw_line is valid text", "raw_line", "instr(raw_line, char(0)) > 0"),
        ("received_on is the date of the clock", "received_on", "received_on <> to_date((SELECT run.clock FROM run))"),
    )
    return [
        finds_nothing(
            "as many rows as the input has refused ones",
            f"{_COUNT}(SELECT run.rows_rejected FROM run) + (SELECT run.rows_late FROM run)",
        ),
        *(
            finds_nothing(name, f"SELECT {column} FROM {{batch}} WHERE {condition}")
            for name, column, condition in each_row
        ),
        finds_nothing(
            "no more rows are refused than on its weekday", _MORE_THAN_USUAL, severity="warning", tells_rows=True
        ),
        *([_undecidable(ambiguous)] if ambiguous else []),
    ]


def _undecidable(ambiguous: str) -> dict[str, Any]:
    """A warning that names the files in which a date could be read in two ways."""
    rows = f"SELECT source_file, count(*) AS rows FROM {{batch}} WHERE size(array_intersect(problems, array({ambiguous}))) > 0"
    query = f"{rows} GROUP BY source_file ORDER BY source_file"
    return finds_nothing(
        "no file is undecidable as to which is the day and which the month", query, severity="warning", tells_rows=True
    )
