"""Shared building blocks of charts, and the charts of the shared tiles."""

from typing import Any

import altair as alt

from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count

BLUE, ORANGE, TEAL, PURPLE, RED, GREY = "#2f7ed8", "#d9730d", "#0f9d8a", "#a463c9", "#d64550", "#858b96"
STATUS_COLORS = {
    "published": TEAL,
    "no_change": GREY,
    "refused": ORANGE,
    "overtaken": PURPLE,
    "stopped": BLUE,
    "failed": RED,
    "started": GREY,
}
CLOCK: Any = {
    "milliseconds": "%H:%M:%S",  # one run
    "seconds": "%H:%M:%S",
    "minutes": "%H:%M",
    "hours": "%H:%M",
    "date": "%-d %b",
    "week": "%-d %b",
    "month": "%-d %b",
    "quarter": "%-d %b",
    "year": "%-d %b %Y",
}
ROWS = alt.NamedData(name="rows")
DAYS = alt.Axis(format="%-d %b", labelAngle=0, title=None, labelOverlap=True, labelSeparation=8)


def runs(answer: Answer) -> Any:
    return (
        chart(f"Seconds of each run and how it ended; {count(len(answer.rows), 'run')}.")
        .mark_bar(size=8)
        .encode(
            x=alt.X(
                "started_at:T",
                scale=alt.Scale(type="utc", padding=20),
                axis=alt.Axis(title="start, UTC", tickCount=4, grid=False, format=CLOCK, labelOverlap=True),
            ),
            y=alt.Y("seconds:Q", stack=None, axis=alt.Axis(title="seconds", tickCount=5)),
            color=colors("ended:N", present(STATUS_COLORS, answer, "ended")),
            tooltip=["run_id:N", "ended:N", "seconds:Q"],
        )
    )


def chart(description: str) -> Any:
    return alt.Chart(ROWS, description=description).properties(width="container", height=240)


def first(most: int, description: str, answer: Answer) -> Any:
    """A chart with one line for each of the first `most` rows."""
    sized = chart(description).properties(height=24 * min(most, len(answer.rows)) + 8)
    return sized.transform_window(place="row_number()").transform_filter(f"datum.place <= {most}")


def per_day(description: str, parts: dict[str, str], title: str) -> Any:
    """Stacked bars per day, of columns that add up."""
    return (
        chart(description)
        .transform_fold(list(parts), as_=["part", "much"])
        .mark_bar()
        .encode(
            x=alt.X("utcyearmonthdate(day):O", axis=DAYS),
            y=alt.Y("much:Q", title=title, axis=alt.Axis(format="~s", tickCount=5)),
            color=colors("part:N", parts),
            tooltip=[
                day("day"),
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("much:Q", format=",", title=title),
            ],
        )
    )


def day(column: str) -> Any:
    return alt.Tooltip(f"utcyearmonthdate({column}):T", format="%Y-%m-%d", title=column)


def colors(field: str, colors: dict[str, str]) -> Any:
    legend = alt.Legend(
        orient="top", title=None, labelExpr="replace(replace(datum.label, '_visitors', ''), '_', ' ')", columns=2
    )
    return alt.Color(field, scale=alt.Scale(domain=list(colors), range=list(colors.values())), legend=legend)


def present(colors: dict[str, str], answer: Answer, column: str) -> dict[str, str]:
    values = {row[column] for row in answer.rows}
    return {name: color for name, color in colors.items() if name in values}
