"""Charts of the realtime board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import BLUE, chart, first, runs  # noqa: F401  (runs is the chart of a tile)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count


def rates(answer: Answer) -> Any:
    unusual = sum(row["unusual_windows"] for row in answer.rows)
    return (
        chart(f"Events by hour and type; {count(unusual, 'window')} of ten seconds unusual.")
        .mark_line(point=True)
        .encode(
            x=alt.X("hour:T", axis=alt.Axis(title=None)),
            y=alt.Y("events:Q", axis=alt.Axis(title="events", format="~s", tickCount=5)),
            color=alt.Color("event_type:N", legend=alt.Legend(title=None, orient="top")),
            tooltip=[
                alt.Tooltip("hour:T", format="%Y-%m-%d %H:%M"),
                "event_type:N",
                alt.Tooltip("events:Q", format=","),
                alt.Tooltip("unusual_windows:Q", format=","),
            ],
        )
    )


def minutes(answer: Answer) -> Any:
    return (
        chart(f"Events by minute and type, up to {answer.rows[0]['minute'][:16]}.")
        .mark_line()
        .encode(
            x=alt.X("minute:T", axis=alt.Axis(title=None)),
            y=alt.Y("events:Q", axis=alt.Axis(title="events", format="~s", tickCount=5)),
            color=alt.Color("event_type:N", legend=alt.Legend(title=None, orient="top")),
            tooltip=[
                alt.Tooltip("minute:T", format="%Y-%m-%d %H:%M"),
                "event_type:N",
                alt.Tooltip("events:Q", format=","),
            ],
        )
    )


def incidents(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(25, f"Incidents by rule; most of {top['rule']}: {top['incidents']:,}.", answer)
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("rule:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("incidents:Q", stack=None, axis=alt.Axis(title="incidents", format="~s", tickCount=5)),
            tooltip=[
                "rule:N",
                alt.Tooltip("incidents:Q", format=","),
                alt.Tooltip("blocked:Q", format=","),
                alt.Tooltip("would_be_blocked:Q", format=","),
            ],
        )
    )
