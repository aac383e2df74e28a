"""Categories by slot."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import Row

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from tests.conftest import Rows, event
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
) -> list[Row]:
    return MARTS[TOP_CATEGORIES].of(rows(CLEAN_EVENTS, given), as_of, time_zone, metric=metric, k=k).collect()


def bought(category: str | None, time: str, times: int = 1, **given: Any) -> list[dict[str, Any]]:
    return [
        event(event_type="purchase", category_code=category, event_time=time, **{"user_id": number, **given})
        for number in range(times)
    ]


def of(found: list[Row], level: int, kind: str, slot: int) -> dict[str, Row]:
    return {row.category: row for row in found if (row.level, row.slot_kind, row.slot) == (level, kind, slot)}


FRIDAY_20 = "2019-10-25 20:15:00"


def test_an_event_counts_in_its_hour_weekday_and_hour_of_week(rows: Rows) -> None:
    found = top(rows, bought("a.b", FRIDAY_20))
    assert {(row.slot_kind, row.slot) for row in found} == {("hour", 20), ("weekday", 5), ("hour_of_week", 116)}
    assert {(row.level, row.category) for row in found} == {(1, "a"), (2, "a.b"), (3, "(unknown)"), (4, "(unknown)")}
    local = top(rows, bought("a.b", "2019-10-25 22:15:00"), time_zone="Europe/Zagreb")
    assert {(row.slot_kind, row.slot) for row in local} == {("hour", 0), ("weekday", 6), ("hour_of_week", 120)}


def test_shares_are_of_all_categories_in_the_slot_and_lift_is_against_the_period(rows: Rows) -> None:
    given = (
        bought("a", FRIDAY_20, 3)
        + bought("b", FRIDAY_20, 1)
        + bought("a", "2019-10-22 08:00:00", 1)
        + bought("b", "2019-10-22 08:00:00", 3)
    )
    row = of(top(rows, given), 1, "hour", 20)["a"]
    assert (row.value, row.share, row.base, row.lift, row.smoothed_lift) == (3, 0.75, 0.5, 1.5, 1.03703703704)
    assert (row.occurrences, row.per_occurrence) == (10, 0.3)
    assert row.share_low < row.share < row.share_high


def test_an_unknown_category_takes_its_share_and_no_rank(rows: Rows) -> None:
    found = of(top(rows, bought(None, FRIDAY_20, 3) + bought("a", FRIDAY_20, 1)), 1, "hour", 20)
    assert {name: (row.share, row.rank, row.eligible) for name, row in found.items()} == {
        "(unknown)": (0.75, None, False),
        "a": (0.25, 1, False),
    }


def test_ties_rank_by_revenue_then_by_name(rows: Rows) -> None:
    given = (
        bought("c", FRIDAY_20, price="2.00")
        + bought("b", FRIDAY_20)
        + bought("a", FRIDAY_20)
        + bought("d", FRIDAY_20, 2)
    )
    assert {name: row.rank for name, row in of(top(rows, given), 1, "hour", 20).items()} == {
        "d": 1,
        "c": 2,
        "a": 3,
        "b": 4,
    }


def test_a_promotion_is_frequent_well_above_its_usual_share_and_among_the_best(rows: Rows) -> None:
    noon = "2019-10-23 12:00:00"
    given = (
        bought("big", noon, 600)
        + bought("a", FRIDAY_20, 60)
        + bought("b", FRIDAY_20, 40)
        + bought("few", FRIDAY_20, 29)
        + bought("big", FRIDAY_20, 30)
    )
    for k, promoted in ((10, {"a", "b"}), (1, {"a"}), (0, set())):
        found = of(top(rows, given, k=k), 1, "hour_of_week", 116)
        assert {name for name, row in found.items() if row.is_promotion} == promoted
    assert {name: row.eligible for name, row in found.items()} == {"a": True, "b": True, "few": False, "big": True}
    assert found["few"].smoothed_lift > 1.2 > found["big"].smoothed_lift


METRICS = {"purchases": 3, "revenue": Decimal("7.00"), "buyers": 2, "carts": 1, "views": 2}


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_counts_its_own_events(rows: Rows, metric: str) -> None:
    given = (
        bought("a", FRIDAY_20, 2, price="3.00")
        + bought("a", FRIDAY_20, user_id=1)
        + [
            event(event_type=kind, category_code="a", event_time=FRIDAY_20)
            for kind in ("view", "view", "cart", "remove_from_cart")
        ]
    )
    row = of(top(rows, given, metric=metric), 1, "weekday", 5)["a"]
    assert (row.value, row.purchases, row.revenue, row.metric) == (METRICS[metric], 3, Decimal("7.00"), metric)
    assert (row.share_low is None) == (metric == "revenue")


def test_the_period_is_whole_days_before_as_of_and_not_before_the_first(rows: Rows) -> None:
    days = [bought("a", f"{date(2019, 9, 1) + timedelta(days=day)} 10:00:00")[0] for day in range(60)]
    [row] = [
        row
        for row in top(rows, days, as_of=datetime(2019, 10, 20, 13, tzinfo=UTC))
        if (row.level, row.slot_kind) == (1, "hour")
    ]
    assert (str(row.period_start), str(row.period_end), row.value, row.occurrences) == (
        "2019-09-22",
        "2019-10-19",
        28,
        28,
    )
    [row] = [
        row
        for row in top(rows, days, as_of=datetime(2019, 9, 4, tzinfo=UTC))
        if (row.level, row.slot_kind) == (1, "hour")
    ]
    assert (str(row.period_start), str(row.period_end), row.value, row.occurrences) == (
        "2019-09-01",
        "2019-09-03",
        3,
        3,
    )
    assert top(rows, days, as_of=datetime(2019, 9, 1, 23, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("day", "hour", "times"), [("2019-10-27", 2, 5), ("2019-10-27", 3, 4), ("2019-03-31", 2, 3), ("2019-03-31", 1, 4)]
)
def test_an_hour_that_the_clock_repeats_counts_twice_and_one_that_it_skips_not(
    rows: Rows, day: str, hour: int, times: int
) -> None:
    first = date.fromisoformat(day) - timedelta(days=21)
    sundays = [first + timedelta(days=7 * week) for week in range(4)]
    given = [bought("a", f"{sunday} {clock:02}:30:00")[0] for sunday in sundays for clock in range(24)]
    found = top(
        rows,
        given,
        as_of=datetime.fromisoformat(f"{day}T22:30:00").replace(tzinfo=UTC) + timedelta(days=1),
        time_zone="Europe/Zagreb",
    )
    assert of(found, 1, "hour_of_week", 144 + hour)["a"].occurrences == times
    assert {row.occurrences for row in found if row.slot_kind == "weekday" and row.slot == 7} == {4}


@pytest.mark.parametrize(
    ("day", "quarters", "occurrences"),
    [("2019-10-06", 94, {1: 1, 2: 1, 3: 1, 23: 1}), ("2019-04-07", 98, {0: 1, 1: 2, 2: 1, 23: 1})],
)
def test_half_an_hour_that_the_clock_skips_or_repeats_loses_no_hour(
    rows: Rows, day: str, quarters: int, occurrences: dict[int, int]
) -> None:
    midnight = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=ZoneInfo("Australia/Lord_Howe")).astimezone(UTC)
    given = [
        event(event_type="purchase", category_code="a", event_time=midnight + timedelta(minutes=15 * quarter))
        for quarter in range(quarters)
    ]
    found = top(rows, given, as_of=midnight + timedelta(hours=30), time_zone="Australia/Lord_Howe")
    counted = {row.slot: row.occurrences for row in found if (row.level, row.slot_kind) == (1, "hour")}
    assert {hour: counted[hour] for hour in occurrences} == occurrences
    assert set(counted) == set(range(24))


def test_free_purchases_weigh_in_the_mean_price_at_every_level(rows: Rows) -> None:
    given = (
        bought("a.x", FRIDAY_20, 40, price="10.00")
        + bought("b.y", FRIDAY_20, 20, price="10.00")
        + bought("b.y", "2019-10-22 08:00:00", 20, price="10.00")
    )
    found = top(rows, given + bought("a.free", "2019-10-22 08:00:00", 300, price="0.00"), metric="revenue")
    assert of(found, 1, "hour", 20)["b"].smoothed_lift == of(found, 2, "hour", 20)["b.y"].smoothed_lift
