"""The charts of the board of movies: each function is named as its tile, and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import BLUE, TEAL, chart, first, runs  # noqa: F401  (runs is the chart of a tile)
from jobs.runtime.reporting.answers import Answer

_TITLE = alt.Y("title:N", sort=None, axis=alt.Axis(title=None, labelLimit=190))


def best(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(
            25,
            f"Means of the {len(answer.rows)} best movies; the best is {top['title']}: {top['bayesian_mean']:,.2f}.",
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
            f"Ratings of the {len(answer.rows)} movies that most people rate; most of {top['title']}: {top['ratings']:,}.",
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
    usual = max(answer.rows, key=lambda row: row["ratings"])
    return (
        chart(f"Ratings by what they say; most often {usual['rating']}: {usual['ratings']:,}.")
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("rating:O", axis=alt.Axis(title="stars", labelAngle=0)),
            y=alt.Y("ratings:Q", axis=alt.Axis(title="ratings", format="~s", tickCount=5)),
            tooltip=["rating:O", alt.Tooltip("ratings:Q", format=",")],
        )
    )
