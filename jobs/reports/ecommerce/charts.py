"""The charts of the shop's board: each function is named as its tile, and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import (
    BLUE,
    CLOCK,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    ROWS,
    TEAL,
    chart,
    colors,
    day,
    first,
    per_day,
    present,
    runs,
)  # noqa: F401
from jobs.runtime.reporting.answers import Answer

CLASSES = {
    "checkout_gap": RED,
    "consideration_gap": ORANGE,
    "awareness_gap": PURPLE,
    "healthy": TEAL,
    "insufficient_data": GREY,
}
SHAPES = {
    "checkout_gap": "triangle-down",
    "consideration_gap": "square",
    "awareness_gap": "diamond",
    "healthy": "circle",
    "insufficient_data": "cross",
}


def visitors(answer: Answer) -> Any:
    most = max(answer.rows, key=lambda row: row["visitors"])
    return per_day(
        f"Visitors per day, new and returning, from {answer.rows[0]['day']} to {answer.rows[-1]['day']}. Most came on {most['day']}: {most['visitors']:,}.",
        {"new_visitors": BLUE, "returning_visitors": GREY},
        "visitors",
    )


def lifecycle(answer: Answer) -> Any:
    states = {"new": BLUE, "retained": TEAL, "resurrected": PURPLE, "churned": ORANGE}
    weeks = chart(
        f"Visitors per week by state, {len({row['week'] for row in answer.rows})} weeks; who stayed away counts below the line."
    )
    return (
        weeks.mark_bar()
        .transform_filter("!(datum.partial && datum.state == 'churned')")
        .transform_calculate(people="datum.state == 'churned' ? -datum.visitors : datum.visitors")
        .encode(
            x=alt.X(
                "utcyearmonthdate(week):O",
                axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap=True, title="week from"),
            ),
            y=alt.Y("people:Q", title="visitors, below the line those who stayed away", axis=alt.Axis(format="~s")),
            color=colors("state:N", states),
            opacity=alt.condition("datum.partial", alt.value(0.55), alt.value(1)),
            tooltip=[day("week"), "state:N", alt.Tooltip("visitors:Q", format=",")],
        )
    )


def funnel(answer: Answer) -> Any:
    steps = "; ".join(f"{row['step']} {row['entered']:,}" for row in answer.rows)
    reached = alt.X(
        "entered:Q", stack=None, axis=alt.Axis(title="products viewed by a visitor", format="~s", tickCount=5)
    )
    pairs = chart(f"Pairs of visitor and product that reached each step: {steps}.").encode(
        y=alt.Y("step:N", sort=None, axis=alt.Axis(title=None)), x=reached
    )
    bars = pairs.mark_bar(color=BLUE).encode(tooltip=["step:N", alt.Tooltip("entered:Q", format=",")])
    shares = (
        pairs.transform_calculate(
            share="datum.overall_rate < 1 ? format(datum.entered, ',') + ' (' + format(datum.overall_rate, '.1%') + ')' : ''"
        )
        .mark_text(align="left", dx=5, fontSize=12)
        .encode(text="share:N")
    )
    return (bars + shares).properties(height=180)


def carts(answer: Answer) -> Any:
    total = sum(row["carts"] for row in answer.rows)
    return per_day(
        f"Products laid into carts per day by what became of them, {total:,} in all.",
        {"purchased": TEAL, "recovered": BLUE, "abandoned": ORANGE, "open": PURPLE, "removed": GREY},
        "products in carts",
    )


def cart_value(answer: Answer) -> Any:
    left, winnable, back = (
        sum(row[name] for row in answer.rows) for name in ("abandoned_value", "winnable_value", "recovered_value")
    )
    return per_day(
        f"In all {left:,.2f} lie in abandoned carts, of which {winnable:,.2f} can still be won back; {back:,.2f} were won back.",
        {"abandoned_value": ORANGE, "recovered_value": BLUE},
        "currency of the shop",
    ).encode(
        y=alt.Y("much:Q", stack=None, title="currency of the shop", axis=alt.Axis(format="~s", tickCount=5)),
        xOffset="part:N",
    )


def hours(answer: Answer) -> Any:
    first = answer.rows[0]["category"]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    cells = (
        chart(
            "Blue: more than usual; orange: less; the stronger, the further from 1. Pale: fewer than 30 events to tell by. Empty: nothing sold."
        )
        .add_params(alt.param(name="chosen", value=first))
        .transform_filter("datum.category == chosen")
        .transform_calculate(
            strength="(datum.eligible ? 1 : 0.4) * min(0.9, abs(log(max(datum.smoothed_lift, 0.1))) / log(4))",
            told="format(datum.smoothed_lift, '.1f')",
        )
        .encode(
            x=alt.X(
                "hour:O",
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(title="local hour", labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y(
                "weekday:O",
                sort=days,
                scale=alt.Scale(domain=days),
                axis=alt.Axis(title=None, labelExpr="slice(datum.label, 0, 3)"),
            ),
        )
    )
    lifts = [alt.Tooltip(f"{name}:Q", format=".2f") for name in ("smoothed_lift", "lift")]
    shaded = cells.mark_rect(cornerRadius=2).encode(
        color=alt.condition("datum.smoothed_lift >= 1", alt.value(BLUE), alt.value(ORANGE)),
        opacity=alt.Opacity("strength:Q", scale=None),
        tooltip=["category:N", "weekday:N", "hour:O", *lifts, "purchases:Q", "eligible:N"],
    )
    return (shaded + cells.mark_text(fontSize=11).encode(text="told:N")).properties(height=7 * 30)


def promotions(answer: Answer) -> Any:
    best = answer.rows[0]
    said = f"The strongest promotions by lift; first {best['category']}, {best['occasion']}: {best['smoothed_lift']:.1f} times its usual share."
    return (
        first(12, said, answer)
        .transform_calculate(offer="datum.category + ', ' + datum.occasion")
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("offer:N", sort=None, axis=alt.Axis(title=None, labelLimit=190)),
            x=alt.X("smoothed_lift:Q", stack=None, axis=alt.Axis(title="times its usual share", tickCount=5)),
            tooltip=["category:N", "occasion:N", alt.Tooltip("smoothed_lift:Q", format=".2f"), "purchases:Q"],
        )
    )


def brand_gaps(answer: Answer) -> Any:
    if all(row["ratio"] is None for row in answer.rows):
        return None
    gaps = [row["brand"] for row in answer.rows if row["primary_class"] not in ("healthy", "insufficient_data")]
    said = f"Brands by buyers against what is expected of their viewers, with 95 % intervals; {len(gaps)} of the brands shown have a gap."
    brands = first(20, said, answer).transform_filter("isValid(datum.ratio)").encode(y=_brands())
    classes = present(CLASSES, answer, "primary_class")
    ratio = alt.X("ratio:Q", axis=alt.Axis(title="buyers / expected buyers", tickCount=5), scale=alt.Scale(zero=True))
    points = brands.mark_point(filled=True, size=90, opacity=1).encode(
        x=ratio,
        color=colors("primary_class:N", classes),
        shape=alt.Shape(
            "primary_class:N", scale=alt.Scale(domain=list(classes), range=[SHAPES[name] for name in classes])
        ),
        tooltip=[
            "brand:N",
            "primary_class:N",
            alt.Tooltip("ratio:Q", format=".2f"),
            alt.Tooltip("missed_revenue:Q", format=",.2f"),
        ],
    )
    spans = brands.mark_rule(color=GREY, strokeWidth=2).encode(x=alt.X("ratio_low:Q"), x2="ratio_high:Q")
    return _line(1) + spans + points


def exposure(answer: Answer) -> Any:
    low = [row["brand"] for row in answer.rows if row["primary_class"] == "awareness_gap"]
    said = f"Brands by their share of the views beside their share of the products, the lowest first; {len(low)} need marketing."
    bars = (
        first(20, said, answer)
        .mark_bar()
        .encode(
            y=_brands(),
            x=alt.X(
                "exposure_index:Q", stack=None, axis=alt.Axis(title="share of views / share of products", tickCount=5)
            ),
            color=colors("primary_class:N", present(CLASSES, answer, "primary_class")),
            tooltip=[
                "brand:N",
                "primary_class:N",
                alt.Tooltip("exposure_index:Q", format=".2f"),
                alt.Tooltip("viewers:Q", format=","),
            ],
        )
    )
    return bars + _line(1) + _line(0.8)


def refused(answer: Answer) -> Any:
    told = "; ".join(f"{row['problem']} {row['rows']:,}" for row in answer.rows)
    return (
        first(12, f"Refused rows by reason: {told}.", answer)
        .mark_bar(color=ORANGE)
        .encode(
            y=alt.Y("problem:N", sort=None, axis=alt.Axis(title=None, labelLimit=170)),
            x=alt.X("rows:Q", stack=None, axis=alt.Axis(title="refused rows", format="~s", tickCount=5)),
            tooltip=["problem:N", alt.Tooltip("rows:Q", format=","), "files:Q"],
        )
    )


def _brands() -> Any:
    return alt.Y("brand:N", sort=None, axis=alt.Axis(title=None, labelLimit=130))


def _line(at: float) -> Any:
    return alt.Chart(alt.InlineData(values=[{"at": at}])).mark_rule(strokeDash=[4, 3], color=GREY).encode(x="at:Q")
