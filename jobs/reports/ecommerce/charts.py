"""Charts of the shop's board. Each function is named after its tile and draws the rows of its answer."""

from typing import Any

import altair as alt

from jobs.reports.shared.charts import (
    BLUE,
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
    present,
    runs,  # noqa: F401  (the chart of a tile)
)
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.wording import count

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
        f"Visitors per day, new and returning, from {answer.rows[0]['day']} to {answer.rows[-1]['day']}. "
        f"Most came on {most['day']}: {most['visitors']:,}.",
        {"new_visitors": BLUE, "returning_visitors": GREY},
        "visitors",
    )


def lifecycle(answer: Answer) -> Any:
    states = {"new": BLUE, "retained": TEAL, "resurrected": PURPLE, "churned": ORANGE}
    number = len({row["week"] for row in answer.rows})
    weeks = chart(f"Visitors per week by state, {count(number, 'week')}; churned visitors are below the line.")
    return (
        weeks.mark_bar()
        .transform_filter("!(datum.partial && datum.state == 'churned')")
        .transform_calculate(people="datum.state == 'churned' ? -datum.visitors : datum.visitors")
        .encode(
            x=alt.X(
                "utcyearmonthdate(week):O",
                axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap=True, title="week from"),
            ),
            y=alt.Y("people:Q", title="visitors; churned below the line", axis=alt.Axis(format="~s")),
            color=colors("state:N", states),
            opacity=alt.condition("datum.partial", alt.value(0.55), alt.value(1)),
            tooltip=[day("week"), "state:N", alt.Tooltip("visitors:Q", format=",")],
        )
    )


def funnel(answer: Answer) -> Any:
    steps = "; ".join(f"{row['step']} {row['entered']:,}" for row in answer.rows)
    # A third of the width is room for the label of a bar that is as long as the first one.
    longest = 1.5 * max((row["entered"] for row in answer.rows), default=1)
    reached = alt.X(
        "entered:Q",
        stack=None,
        scale=alt.Scale(domain=[0, longest], nice=False),
        axis=alt.Axis(title="products viewed by a visitor", format="~s", tickCount=5),
    )
    pairs = chart(f"Pairs of visitor and product that reached each step: {steps}.").encode(
        y=alt.Y("step:N", sort=None, axis=alt.Axis(title=None)), x=reached
    )
    bars = pairs.mark_bar(color=BLUE).encode(tooltip=["step:N", alt.Tooltip("entered:Q", format=",")])
    shares = (
        pairs.transform_calculate(
            share="datum.overall_rate < 1 ? "
            "format(datum.entered, ',') + ' (' + format(datum.overall_rate, '.1%') + ')' : ''"
        )
        .mark_text(align="left", dx=5, fontSize=12)
        .encode(text="share:N")
    )
    return (bars + shares).properties(height=180)


def carts(answer: Answer) -> Any:
    total = sum(row["carts"] for row in answer.rows)
    return per_day(
        f"Products added to carts per day by outcome, {total:,} in total.",
        {"purchased": TEAL, "recovered": BLUE, "abandoned": ORANGE, "open": PURPLE, "removed": GREY},
        "products in carts",
    )


def cart_value(answer: Answer) -> Any:
    abandoned, winnable, recovered = (
        sum(row[name] for row in answer.rows) for name in ("abandoned_value", "winnable_value", "recovered_value")
    )
    return per_day(
        f"Abandoned carts are worth {abandoned:,.2f}, of which {winnable:,.2f} can still be recovered; "
        f"{recovered:,.2f} were recovered.",
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
            "Blue: above the usual share; orange: below; the stronger, the further from 1. "
            "Pale: fewer than 30 events. Empty: nothing sold."
        )
        .add_params(alt.param(name="chosen", value=first))
        .transform_filter("datum.category == chosen")
        .transform_calculate(
            strength="(datum.eligible ? 1 : 0.4) * min(0.9, abs(log(max(datum.smoothed_lift, 0.1))) / log(4))",
            lift_label="format(datum.smoothed_lift, '.1f')",
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
    return (shaded + cells.mark_text(fontSize=11).encode(text="lift_label:N")).properties(height=7 * 30)


def promotions(answer: Answer) -> Any:
    best = answer.rows[0]
    description = (
        f"The strongest promotions by lift; first {best['category']}, {best['occasion']}: "
        f"{best['smoothed_lift']:.1f} times its usual share."
    )
    return (
        first(12, description, answer)
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
    have_gaps = count(len(gaps), "brand has a gap", "brands have a gap")
    description = f"Brands by actual against expected buyers, with 95 % intervals; {have_gaps}."
    brands = first(20, description, answer).transform_filter("isValid(datum.ratio)").encode(y=_brands())
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
    need_marketing = count(len(low), "brand needs marketing", "brands need marketing")
    description = f"Brands by share of views against share of products, the lowest first; {need_marketing}."
    bars = (
        first(20, description, answer)
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
    problems = "; ".join(f"{row['problem']} {row['rows']:,}" for row in answer.rows)
    return (
        first(12, f"Rejected rows by reason: {problems}.", answer)
        .mark_bar(color=ORANGE)
        .encode(
            y=alt.Y("problem:N", sort=None, axis=alt.Axis(title=None, labelLimit=170)),
            x=alt.X("rows:Q", stack=None, axis=alt.Axis(title="rejected rows", format="~s", tickCount=5)),
            tooltip=["problem:N", alt.Tooltip("rows:Q", format=","), "files:Q"],
        )
    )


def _brands() -> Any:
    return alt.Y("brand:N", sort=None, axis=alt.Axis(title=None, labelLimit=130))


def _line(at: float) -> Any:
    return alt.Chart(alt.InlineData(values=[{"at": at}])).mark_rule(strokeDash=[4, 3], color=GREY).encode(x="at:Q")
