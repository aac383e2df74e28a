"""Charts of the accounts board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import (
    BLUE,
    DAYS,
    ORANGE,
    TEAL,
    chart,
    day,
    first,
    runs,  # noqa: F401  (the chart of a tile)
)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count


def opened(answer: Answer) -> Any:
    most = max(answer.rows, key=lambda row: row["customers"])
    return (
        chart(f"Accounts opened by month; most in {most['month']:%Y-%m}: {most['customers']:,}.")
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("utcyearmonth(month):T", axis=alt.Axis(title=None, format="%b %Y", tickCount=6)),
            y=alt.Y("customers:Q", axis=alt.Axis(title="customers", format="~s", tickMinStep=1, tickCount=5)),
            tooltip=[
                alt.Tooltip("utcyearmonth(month):T", format="%B %Y", title="month"),
                alt.Tooltip("customers:Q", format=","),
            ],
        )
    )


def missing(answer: Answer) -> Any:
    most = answer.rows[0]
    return (
        first(4, f"Customers by missing attribute; most often {most['kind']}: {most['customers']:,}.", answer)
        .mark_bar(color=ORANGE)
        .encode(
            y=alt.Y("kind:N", sort=None, axis=alt.Axis(title=None)),
            x=alt.X(
                "customers:Q", stack=None, axis=alt.Axis(title="customers", format="~s", tickMinStep=1, tickCount=5)
            ),
            tooltip=["kind:N", alt.Tooltip("customers:Q", format=","), alt.Tooltip("missing_rate:Q", format=".1%")],
        )
    )


def visits(answer: Answer) -> Any:
    most = max(answer.rows, key=lambda row: row["visits"])
    return (
        chart(f"Visits by day; most on {most['day']}: {most['visits']:,} by {count(most['visitors'], 'visitor')}.")
        .mark_bar(color=TEAL)
        .encode(
            x=alt.X("utcyearmonthdate(day):O", axis=DAYS),
            y=alt.Y("visits:Q", axis=alt.Axis(title="visits", format="~s", tickMinStep=1, tickCount=5)),
            tooltip=[day("day"), alt.Tooltip("visits:Q", format=","), alt.Tooltip("visitors:Q", format=",")],
        )
    )


def top_visitors(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(
            25,
            f"Visits of the {count(len(answer.rows), 'most frequent visitor')}; the most has {top['user_id']}: "
            f"{top['visits']:,}.",
            answer,
        )
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("user_id:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("visits:Q", stack=None, axis=alt.Axis(title="visits", format="~s", tickMinStep=1, tickCount=5)),
            tooltip=["user_id:N", alt.Tooltip("visits:Q", format=","), day("last_day")],
        )
    )
