"""Charts of the social board. Each function is named after its tile and draws the rows of its answer."""

import json
from importlib import resources
from typing import Any

import altair as alt

from jobs.reports.shared.charts import (  # noqa: F401  (runs is the chart of a tile)
    BLUE,
    DAYS,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    TEAL,
    chart,
    colors,
    day,
    first,
    per_day,
    runs,
)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count


def influencers(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(
            25,
            f"Influence of {count(len(answer.rows), 'author')}; the most has {top['author_id']}: "
            f"{top['influence']:.1f} of 100.",
            answer,
        )
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("author_id:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("influence:Q", stack=None, scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(title="influence")),
            tooltip=[
                "author_id:N",
                alt.Tooltip("influence:Q", format=".1f"),
                alt.Tooltip("followers:Q", format=","),
                alt.Tooltip("engagement_rate:Q", format=".2%"),
            ],
        )
    )


def influencer_places(answer: Answer) -> Any:
    return _ranking(answer, "Tweets of the most influential authors by place", ORANGE)


def interactions(answer: Answer) -> Any:
    kinds = {"retweet": BLUE, "quote": PURPLE, "reply": TEAL, "mention": ORANGE}
    return per_day(f"Interactions by day and kind; {count(len(answer.rows), 'day')}.", kinds, "tweets")


def map(answer: Answer) -> Any:  # noqa: A001  (the name of the tile)
    """The places over the outline of Croatia, from Natural Earth (public domain)."""
    text = resources.files("jobs.reports.social").joinpath("croatia.json").read_text("utf-8")
    outline = [
        {"part": part, "place": place, "longitude": longitude, "latitude": latitude}
        for part, ring in enumerate(json.loads(text))
        for place, (longitude, latitude) in enumerate(ring)
    ]
    x = alt.X("longitude:Q", scale=alt.Scale(domain=[13.2, 19.7]), axis=None)
    y = alt.Y("latitude:Q", scale=alt.Scale(domain=[42.2, 46.7]), axis=None)
    borders = (
        alt.Chart(alt.InlineData(values=outline))
        .mark_line(color=GREY, strokeWidth=1)
        .encode(x=x, y=y, detail="part:N", order="place:Q")
    )
    top = answer.rows[0]
    places = (
        chart(
            f"Tweets by place in Croatia; {count(len(answer.rows), 'place')}, most with {top['place']}: "
            f"{top['tweets']:,}."
        )
        .mark_circle(color=RED, opacity=0.6)
        .encode(
            x=x,
            y=y,
            size=alt.Size("tweets:Q", scale=alt.Scale(range=[20, 900]), legend=None),
            tooltip=["place:N", "type:N", alt.Tooltip("tweets:Q", format=",")],
        )
    )
    return alt.layer(borders, places).properties(width="container", height=420)


def sentiment(answer: Answer) -> Any:
    last = answer.rows[-1]
    days = chart(
        f"Sentiment of {count(len(answer.rows), 'day')}; on {last['day']} net {last['net_sentiment']:+.2f}, "
        f"{last['positive_share']:.0%} positive. The bars are the 95 % intervals of the share of positive tweets."
    ).encode(x=alt.X("utcyearmonthdate(day):O", axis=DAYS))
    share = alt.Axis(title="share of judged tweets", format=".0%", tickCount=5)
    intervals = days.mark_bar(color=GREY, opacity=0.4).encode(
        y=alt.Y("positive_low:Q", axis=share), y2="positive_high:Q"
    )
    parts = {"positive_share": TEAL, "net_sentiment": BLUE}
    lines = (
        days.transform_fold(list(parts), as_=["part", "much"])
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=30))
        .encode(
            y=alt.Y("much:Q", axis=share),
            color=colors("part:N", parts),
            tooltip=[
                day("day"),
                alt.Tooltip("judged:Q", format=","),
                *(
                    alt.Tooltip(f"{name}:Q", format=".1%")
                    for name in ("net_sentiment", "positive_share", "positive_low", "positive_high")
                ),
            ],
        )
    )
    return intervals + lines


def place_sentiment(answer: Answer) -> Any:
    top = answer.rows[0]
    return (
        first(25, f"Net sentiment by place and brand; {top['name']} has most tweets: {top['net']:+.2f}.", answer)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("net:Q", stack=None, axis=alt.Axis(title="net sentiment", format="+.1f", tickCount=5)),
            color=alt.condition("datum.net >= 0", alt.value(TEAL), alt.value(RED)),
            tooltip=["name:N", alt.Tooltip("net:Q", format="+.2f"), alt.Tooltip("judged:Q", format=",")],
        )
    )


def unscored(answer: Answer) -> Any:
    judged = sum(row["tweets"] for row in answer.rows if row["outcome"] == "judged")
    total = sum(row["tweets"] for row in answer.rows)
    return (
        first(25, f"Of {count(total, 'tweet')}, {answer.rows[0]['analyser']} judged {judged:,}.", answer)
        .mark_bar(color=PURPLE)
        .encode(
            y=alt.Y("outcome:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("tweets:Q", stack=None, axis=alt.Axis(title="tweets", format="~s", tickCount=5)),
            tooltip=["outcome:N", alt.Tooltip("tweets:Q", format=",")],
        )
    )


def trends(answer: Answer) -> Any:
    return (
        first(25, f"Tweets of {count(len(answer.rows), 'rising place')} and day.", answer)
        .transform_calculate(what="datum.location + ', ' + utcFormat(datum.day, '%-d %b')")
        .mark_bar(color=TEAL)
        .encode(
            y=alt.Y("what:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("tweets:Q", stack=None, axis=alt.Axis(title="tweets", format="~s", tickMinStep=1, tickCount=5)),
            tooltip=[
                day("day"),
                "location:N",
                alt.Tooltip("tweets:Q", format=","),
                alt.Tooltip("usual:Q", format=".1f"),
            ],
        )
    )


def _ranking(answer: Answer, title: str, color: str) -> Any:
    top = answer.rows[0]
    return (
        first(25, f"{title}; most with {top['location']}: {top['tweets']:,}.", answer)
        .mark_bar(color=color)
        .encode(
            y=alt.Y("location:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("tweets:Q", stack=None, axis=alt.Axis(title="tweets", format="~s", tickMinStep=1, tickCount=5)),
            tooltip=["location:N", alt.Tooltip("tweets:Q", format=","), alt.Tooltip("authors:Q", format=",")],
        )
    )
