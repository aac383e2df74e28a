"""Charts of the flights board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import (
    BLUE,
    ORANGE,
    PURPLE,
    chart,
    colors,
    first,
    runs,  # noqa: F401  (the chart of a tile)
)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count


def carriers(answer: Answer) -> Any:
    worst, best = answer.rows[0], answer.rows[-1]
    description = (
        f"Mean arrival delay of {count(len(answer.rows), 'carrier')}, from {worst['carrier']} with "
        f"{worst['mean_arr_delay']:,.1f} minutes to {best['carrier']} with {best['mean_arr_delay']:,.1f}."
    )
    return (
        first(20, description, answer)
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("carrier:N", sort=None, axis=alt.Axis(title=None)),
            x=alt.X("mean_arr_delay:Q", stack=None, axis=alt.Axis(title="minutes late", tickCount=5)),
            tooltip=["carrier:N", alt.Tooltip("mean_arr_delay:Q", format=",.1f"), alt.Tooltip("flights:Q", format=",")],
        )
    )


def months(answer: Answer) -> Any:
    worst = max(answer.rows, key=lambda row: row["mean_arr_delay"])
    return (
        chart(
            f"Mean arrival delay by month; highest in {worst['month']:%Y-%m}: {worst['mean_arr_delay']:,.1f} minutes."
        )
        .mark_line(color=BLUE, point=True)
        .encode(
            x=alt.X("utcyearmonth(month):T", axis=alt.Axis(title=None, format="%b %Y", tickCount=6)),
            y=alt.Y("mean_arr_delay:Q", axis=alt.Axis(title="minutes late", tickCount=5)),
            tooltip=[
                alt.Tooltip("utcyearmonth(month):T", format="%Y-%m", title="month"),
                alt.Tooltip("mean_arr_delay:Q", format=",.1f"),
            ],
        )
    )


def not_flown(answer: Answer) -> Any:
    parts = {"cancelled": ORANGE, "diverted": PURPLE}
    totals = ", ".join(f"{sum(row[name] for row in answer.rows):,} {name}" for name in parts)
    return (
        first(20, f"Flights of each carrier: {totals}.", answer)
        .transform_fold(list(parts), as_=["part", "much"])
        .mark_bar()
        .encode(
            y=alt.Y("carrier:N", sort=None, axis=alt.Axis(title=None)),
            x=alt.X("much:Q", stack="zero", axis=alt.Axis(title="flights", format="~s", tickCount=5)),
            color=colors("part:N", parts),
            tooltip=[
                "carrier:N",
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("much:Q", format=",", title="flights"),
            ],
        )
    )
