"""Charts of the movies board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import BLUE, TEAL, chart, first, runs  # noqa: F401  (runs is the chart of a tile)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count

_TITLE = alt.Y("title:N", sort=None, axis=alt.Axis(title=None, labelLimit=190))


def best(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(
            25,
            f"Mean ratings of the {count(len(answer.rows), 'best movie')}; the best is {top['title']}: "
            f"{top['bayesian_mean']:,.2f}.",
            answer,
        )
        .mark_bar(color=TEAL)
        .encode(
            y=_TITLE,
            x=alt.X(
                "bayesian_mean:Q", stack=None, scale=alt.Scale(domain=[0, 5]), axis=alt.Axis(title="mean", tickCount=5)
            ),
            tooltip=[
                "title:N",
                "year:Q",
                alt.Tooltip("bayesian_mean:Q", format=",.3f"),
                alt.Tooltip("ratings:Q", format=","),
            ],
        )
    )


def most_rated(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(
            25,
            f"Number of ratings of the {count(len(answer.rows), 'most rated movie')}; the most has {top['title']}: "
            f"{top['ratings']:,}.",
            answer,
        )
        .mark_bar(color=BLUE)
        .encode(
            y=_TITLE,
            x=alt.X("ratings:Q", stack=None, axis=alt.Axis(title="ratings", format="~s", tickCount=5)),
            tooltip=[
                "title:N",
                "year:Q",
                alt.Tooltip("ratings:Q", format=","),
                alt.Tooltip("mean_rating:Q", format=",.3f"),
            ],
        )
    )


def ratings(answer: Answer) -> Any:
    most_common = max(answer.rows, key=lambda row: row["ratings"])
    return (
        chart(f"Ratings by stars; most often {most_common['rating']}: {most_common['ratings']:,}.")
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("rating:O", axis=alt.Axis(title="stars", labelAngle=0)),
            y=alt.Y("ratings:Q", axis=alt.Axis(title="ratings", format="~s", tickCount=5)),
            tooltip=["rating:O", alt.Tooltip("ratings:Q", format=",")],
        )
    )
