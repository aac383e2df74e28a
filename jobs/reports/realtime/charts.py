"""Charts of the realtime board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import BLUE, CLOCK, chart, first, runs  # noqa: F401  (runs is the chart of a tile)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count


def rates(answer: Answer) -> Any:
    unusual = sum(row["unusual_windows"] for row in answer.rows)
    caption = f"Events by hour and type; {count(unusual, 'window')} of ten seconds unusual."
    return _events(caption, "hour", alt.Tooltip("unusual_windows:Q", format=",")).mark_line(point=True)


def minutes(answer: Answer) -> Any:
    return _events(f"Events by minute and type, up to {answer.rows[0]['minute'][:16]}.", "minute").mark_line()


def _events(caption: str, time: str, *more: Any) -> Any:
    """The events of each type over `time`, with `more` in the tooltips."""
    return chart(caption).encode(
        x=alt.X(
            f"{time}:T",
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(title="UTC", format=CLOCK, labelOverlap=True),
        ),
        y=alt.Y("events:Q", axis=alt.Axis(title="events", format="~s", tickCount=5)),
        color=alt.Color("event_type:N", legend=alt.Legend(title=None, orient="top")),
        tooltip=[
            alt.Tooltip(f"utcyearmonthdatehoursminutes({time}):T", format="%Y-%m-%d %H:%M", title=f"{time}, UTC"),
            "event_type:N",
            alt.Tooltip("events:Q", format=","),
            *more,
        ],
    )


def incidents(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(25, f"Incidents by rule; most of {top['rule']}: {top['incidents']:,}.", answer)
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("rule:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X(
                "incidents:Q",
                stack=None,
                axis=alt.Axis(title="incidents", format="~s", tickCount=5, tickMinStep=1),
            ),
            tooltip=[
                "rule:N",
                alt.Tooltip("incidents:Q", format=","),
                alt.Tooltip("blocked:Q", format=","),
                alt.Tooltip("would_be_blocked:Q", format=","),
            ],
        )
    )
