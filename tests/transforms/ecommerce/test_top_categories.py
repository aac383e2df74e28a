"""Categories by time slot."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def top(
    rows: Rows,
    given: list[dict[str, Any]],
    *,
    as_of: datetime = AS_OF,
    time_zone: str = "UTC",
    metric: str = "purchases",
    k: int = 10,
) -> DataFrame:
    return MARTS[TOP_CATEGORIES].of(rows(CLEAN_EVENTS, given), as_of, time_zone, metric=metric, k=k)


def bought(category: str | None, time: str, times: int = 1, **given: Any) -> list[dict[str, Any]]:
    purchase = {"event_type": "purchase", "category_code": category, "event_time": time}
    return [event(**{**purchase, "user_id": number, **given}) for number in range(times)]


def of(found: DataFrame, kind: str, slot: int, level: int = 1) -> DataFrame:
    return found.filter((F.col("level") == level) & (F.col("slot_kind") == kind) & (F.col("slot") == slot))


FRIDAY_20, TUESDAY_8 = "2019-10-25 20:15:00", "2019-10-22 08:00:00"
CATEGORIES = [(1, "a"), (2, "a.b"), (3, "(unknown)"), (4, "(unknown)")]
# time zone, time of an event, its slots
SLOTS = [
    ("UTC", FRIDAY_20, [("hour", 20), ("weekday", 5), ("hour_of_week", 116)]),
    ("Europe/Zagreb", "2019-10-25 22:15:00", [("hour", 0), ("weekday", 6), ("hour_of_week", 120)]),
]


@pytest.mark.parametrize(("zone", "time", "slots"), SLOTS, ids=["UTC", "Europe/Zagreb"])
def test_an_event_counts_in_its_hour_weekday_and_hour_of_week(
    rows: Rows, zone: str, time: str, slots: list[tuple[str, int]]
) -> None:
    expected = [(*slot, *category) for slot in slots for category in CATEGORIES]
    assert_rows(top(rows, bought("a.b", time), time_zone=zone), "slot_kind slot level category", expected)


def test_a_share_is_of_all_categories_in_the_slot_and_lift_is_against_the_period(rows: Rows) -> None:
    given = (
        bought("a", FRIDAY_20, 3) + bought("b", FRIDAY_20, 1) + bought("a", TUESDAY_8, 1) + bought("b", TUESDAY_8, 3)
    )
    of_a = of(top(rows, given), "hour", 20).filter("category = 'a'")
    found = of_a.withColumn("is_within", F.expr("share_low < share AND share < share_high"))
    columns = "value share base lift smoothed_lift occurrences per_occurrence is_within"
    assert_rows(found, columns, [(3, 0.75, 0.5, 1.5, 1.03703703704, 10, 0.3, True)])


def test_an_unknown_category_has_a_share_and_no_rank(rows: Rows) -> None:
    found = of(top(rows, bought(None, FRIDAY_20, 3) + bought("a", FRIDAY_20, 1)), "hour", 20)
    assert_rows(found, "category share rank eligible", [("(unknown)", 0.75, None, False), ("a", 0.25, 1, False)])


def test_ties_rank_by_revenue_then_by_name(rows: Rows) -> None:
    given = (
        bought("c", FRIDAY_20, price="2.00")
        + bought("b", FRIDAY_20)
        + bought("a", FRIDAY_20)
        + bought("d", FRIDAY_20, 2)
    )
    assert_rows(of(top(rows, given), "hour", 20), "category rank", [("d", 1), ("c", 2), ("a", 3), ("b", 4)])


@pytest.mark.parametrize(
    ("k", "promoted"), [(10, {"a", "b"}), (1, {"a"}), (0, set())], ids=["best 10", "best 1", "best 0"]
)
def test_a_promotion_is_frequent_well_above_its_usual_share_and_among_the_best(
    rows: Rows, k: int, promoted: set[str]
) -> None:
    given = bought("big", "2019-10-23 12:00:00", 600) + bought("big", FRIDAY_20, 30)
    given += bought("a", FRIDAY_20, 60) + bought("b", FRIDAY_20, 40) + bought("few", FRIDAY_20, 29)
    found = of(top(rows, given, k=k), "hour_of_week", 116).withColumn("is_lifted", F.col("smoothed_lift") > 1.2)
    # category: whether it is frequent, and whether its share is well above its usual share
    categories = {"a": (True, True), "b": (True, True), "few": (False, True), "big": (True, False)}
    expected = [(name, *flags, name in promoted) for name, flags in categories.items()]
    assert_rows(found, "category eligible is_lifted is_promotion", expected)


METRICS = {"purchases": 3, "revenue": "7.00", "buyers": 2, "carts": 1, "views": 2}


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_counts_its_own_events(rows: Rows, metric: str) -> None:
    given = bought("a", FRIDAY_20, 2, price="3.00") + bought("a", FRIDAY_20, user_id=1)
    others = ("view", "view", "cart", "remove_from_cart")
    given += [event(event_type=kind, category_code="a", event_time=FRIDAY_20) for kind in others]
    found = of(top(rows, given, metric=metric), "weekday", 5).withColumn("has_interval", F.col("share_low").isNotNull())
    expected = [("a", metric, METRICS[metric], 3, "7.00", metric != "revenue")]
    assert_rows(found, "category metric value purchases revenue has_interval", expected)


# as_of: first day, last day and number of days of the period; each day has one purchase
PERIODS = {
    "2019-10-20 13:00:00": [("2019-09-22", "2019-10-19", 28, 28)],
    "2019-09-04 00:00:00": [("2019-09-01", "2019-09-03", 3, 3)],
}


@pytest.mark.parametrize("as_of", PERIODS)
def test_the_period_is_whole_days_before_as_of_and_not_before_the_first(rows: Rows, as_of: str) -> None:
    days = [bought("a", f"{date(2019, 9, 1) + timedelta(days=day)} 10:00:00")[0] for day in range(60)]
    found = top(rows, days, as_of=datetime.fromisoformat(as_of).replace(tzinfo=UTC))
    assert_rows(
        found.filter("level = 1 AND slot_kind = 'hour'"), "period_start period_end value occurrences", PERIODS[as_of]
    )


def test_on_the_first_day_there_is_no_period(rows: Rows) -> None:
    given = bought("a", "2019-09-01 10:00:00") + bought("a", "2019-09-02 10:00:00")
    assert top(rows, given, as_of=datetime(2019, 9, 1, 23, tzinfo=UTC)).collect() == []


# Sunday with a clock change: an hour, and how often it occurs on that and the three previous Sundays
CLOCK_CHANGES = {"2019-10-27": [(2, 5), (3, 4)], "2019-03-31": [(2, 3), (1, 4)]}


@pytest.mark.parametrize("day", CLOCK_CHANGES)
def test_an_hour_that_the_clock_repeats_counts_twice_and_one_that_it_skips_does_not(rows: Rows, day: str) -> None:
    sundays = [date.fromisoformat(day) - timedelta(days=7 * week) for week in range(4)]
    given = [bought("a", f"{sunday} {clock:02}:30:00")[0] for sunday in sundays for clock in range(24)]
    as_of = datetime.fromisoformat(f"{day} 22:30:00").replace(tzinfo=UTC) + timedelta(days=1)
    found = top(rows, given, as_of=as_of, time_zone="Europe/Zagreb").filter("level = 1")
    slots = [("hour_of_week", 144 + hour, times) for hour, times in CLOCK_CHANGES[day]] + [("weekday", 7, 4)]
    asserted = F.concat_ws(" ", "slot_kind", "slot").isin(*(f"{kind} {slot}" for kind, slot, _ in slots))
    assert_rows(found.filter(asserted), "slot_kind slot occurrences", slots)


# day on which the clock changes by half an hour: its quarters of an hour, and the hours that do not occur once
HALF_HOURS = {"2019-10-06": (94, {}), "2019-04-07": (98, {1: 2})}


@pytest.mark.parametrize("day", HALF_HOURS)
def test_half_an_hour_that_the_clock_skips_or_repeats_loses_no_hour(rows: Rows, day: str) -> None:
    quarters, occurrences = HALF_HOURS[day]
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Australia/Lord_Howe")).astimezone(UTC)
    times = [midnight + timedelta(minutes=15 * quarter) for quarter in range(quarters)]
    given = [event(event_type="purchase", category_code="a", event_time=time) for time in times]
    found = top(rows, given, as_of=midnight + timedelta(hours=30), time_zone="Australia/Lord_Howe")
    hours = found.filter("level = 1 AND slot_kind = 'hour'")
    assert_rows(hours, "slot occurrences", [(hour, occurrences.get(hour, 1)) for hour in range(24)])


def test_free_purchases_weigh_in_the_mean_price_at_every_level(rows: Rows) -> None:
    given = bought("a.x", FRIDAY_20, 40, price="10.00") + bought("b.y", FRIDAY_20, 20, price="10.00")
    given += bought("b.y", TUESDAY_8, 20, price="10.00") + bought("a.free", TUESDAY_8, 300, price="0.00")
    found = top(rows, given, metric="revenue").filter("slot_kind = 'hour' AND slot = 20 AND category IN ('b', 'b.y')")
    [upper, lower] = found.orderBy("level").collect()
    assert (upper.category, lower.category) == ("b", "b.y")
    assert upper.smoothed_lift == lower.smoothed_lift
