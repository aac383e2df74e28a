"""Charts of the CDC board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import (
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    TEAL,
    colors,
    first,
    per_day,
    runs,  # noqa: F401  (the chart of a tile)
)
from jobs.runtime.reporting.query_runner import Answer


def freshness(answer: Answer) -> Any:
    known = [row for row in answer.rows if row["hours_behind"] is not None]
    if not known:
        return None
    description = (
        "Hours from the newest change of each table to its publication; most behind is "
        f"{known[0]['table']}: {known[0]['hours_behind']:,.1f}."
    )
    return (
        first(20, description, answer)
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("table:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("hours_behind:Q", stack=None, axis=alt.Axis(title="hours behind", tickCount=5)),
            tooltip=["table:N", alt.Tooltip("hours_behind:Q", format=",.2f"), "last_outcome:N"],
        )
    )


def changes(answer: Answer) -> Any:
    parts = {"inserted": TEAL, "updated": BLUE, "deleted": ORANGE}
    totals = ", ".join(f"{sum(row[name] for row in answer.rows):,} {name}" for name in parts)
    return per_day(f"Rows per day: {totals}.", parts, "rows")


def arrival(answer: Answer) -> Any:
    parts = {"applied": TEAL, "replayed": GREY, "stale": PURPLE, "rejected": RED}
    totals = ", ".join(f"{sum(row[name] for row in answer.rows):,} {name}" for name in parts)
    return (
        first(20, f"Changes of each table by outcome: {totals}.", answer)
        .transform_fold(list(parts), as_=["part", "much"])
        .mark_bar()
        .encode(
            y=alt.Y("table:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("much:Q", stack="zero", axis=alt.Axis(title="changes", format="~s", tickCount=5)),
            color=colors("part:N", parts),
            tooltip=[
                "table:N",
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("much:Q", format=",", title="changes"),
            ],
        )
    )


def anomalies(answer: Answer) -> Any:
    top = answer.rows[0]
    description = f"Anomalous changes by kind; most often {top['anomaly']} in {top['table']}: {top['changes']:,}."
    return (
        first(12, description, answer)
        .transform_calculate(kind="datum.anomaly + ', ' + datum.table")
        .mark_bar(color=ORANGE)
        .encode(
            y=alt.Y("kind:N", sort=None, axis=alt.Axis(title=None, labelLimit=220)),
            x=alt.X("changes:Q", stack=None, axis=alt.Axis(title="changes", format="~s", tickCount=5)),
            tooltip=["table:N", "anomaly:N", "refused:N", alt.Tooltip("changes:Q", format=",")],
        )
    )
