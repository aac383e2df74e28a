"""Which parts of a table are rebuilt."""

from datetime import date
from typing import Any

import pytest

from jobs.runtime.day_set import DayRanges
from jobs.runtime.incremental.changed_days import Change, changed_days, consumed
from jobs.runtime.incremental.plan_rebuild import RebuildPlan, covers, plan_rebuild
from jobs.runtime.job import ByPeriod, DayByDay, Increment
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS

NOW = consumed({"ecommerce.clean_events": None}, UNIQUE_VISITORS, 1, {"first_day": date(2019, 10, 1)})
OLDER: dict[str, Any] = {
    "nothing is published": {},
    "an earlier release wrote it, which recorded no days": {
        name: NOW[name] for name in ("inputs", "columns", "version", "parameters")
    },
    "another version": {**NOW, "version": 2},
    "other columns": {**NOW, "columns": {}},
    "another option": {**NOW, "parameters": {"k": "1"}},
    "another input": {**NOW, "inputs": {"ecommerce.abandoned_carts": None}},
}


@pytest.mark.parametrize("case", OLDER)
def test_a_table_is_rebuilt_in_full_when_its_version_or_parameters_changed(case: str) -> None:
    assert changed_days(None, {}, OLDER[case], NOW) is None  # type: ignore[arg-type]
    no_days = {**NOW, "moving": {}}  # as_of for a table without one
    assert changed_days(None, {}, OLDER[case], no_days) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "changed"),
    [("first_day", (date(2019, 10, 1), date(2019, 10, 3))), ("last_day", (date(2019, 10, 2), date(2019, 10, 4)))],
)
def test_days_that_join_or_leave_the_span_of_events_have_changed(option: str, changed: tuple[date, date]) -> None:
    moving = [consumed({}, UNIQUE_VISITORS, 1, {option: date(2019, 10, day)}) for day in (1, 4)]
    for before, now in (moving, moving[::-1]):
        assert changed_days(None, {}, before, now) == DayRanges.of(changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("begins", [True, False])
def test_where_there_was_no_event_all_days_between_the_first_and_the_last_have_changed(begins: bool) -> None:
    nothing, known = (
        {"first_day": None, "last_day": None},
        {"first_day": date(2019, 1, 5), "last_day": date(2019, 8, 20)},
    )
    moving = [consumed({}, UNIQUE_VISITORS, 1, options) for options in (nothing, known)]
    days = changed_days(None, {}, *(moving if begins else moving[::-1]))  # type: ignore[arg-type]
    assert days == DayRanges.of((date(2019, 1, 5), date(2019, 8, 20)))


def days(first: str, last: str) -> DayRanges:
    return DayRanges.of((date.fromisoformat(first), date.fromisoformat(last)))


# rule, first and last changed day: the plan
PLANS: dict[str, tuple[Increment, tuple[str, str], RebuildPlan]] = {
    "a day, in the middle of a month": (
        DayByDay(),
        ("2019-10-16", "2019-10-16"),
        RebuildPlan(days("2019-10-16", "2019-10-16"), days("2019-10-16", "2019-10-16")),
    ),
    "a row that depends on the 2 days before and the day after": (
        DayByDay(back=1, ahead=2),
        ("2019-10-16", "2019-10-16"),
        RebuildPlan(days("2019-10-15", "2019-10-18"), days("2019-10-13", "2019-10-19")),
    ),
    "months": (
        DayByDay(is_monthly=True),
        ("2019-10-31", "2019-11-01"),
        RebuildPlan(days("2019-10-01", "2019-11-30"), days("2019-10-01", "2019-11-30")),
    ),
    "weeks and days of 3 days": (
        ByPeriod({"rolling_3d": 3}, calendar=["week"]),
        ("2019-10-16", "2019-10-16"),
        RebuildPlan(
            days("2019-10-14", "2019-10-20"),
            days("2019-10-14", "2019-10-20"),
            grains={"rolling_3d": days("2019-10-16", "2019-10-18"), "week": days("2019-10-14", "2019-10-20")},
        ),
    ),
    "days of 28 days, and the month of a day that is its first": (
        ByPeriod({"rolling_28d": 28}, calendar=["month"]),
        ("2019-10-01", "2019-10-01"),
        RebuildPlan(
            days("2019-10-01", "2019-10-31"),
            days("2019-09-04", "2019-10-31"),
            grains={"rolling_28d": days("2019-10-01", "2019-10-28"), "month": days("2019-10-01", "2019-10-31")},
        ),
    ),
}


@pytest.mark.parametrize("case", PLANS)
def test_only_the_rows_that_a_changed_day_affects_are_rebuilt_and_only_their_days_read(case: str) -> None:
    rule, changed, expected = PLANS[case]
    assert plan_rebuild(rule, Change(days(*changed), {}, {}, None, {})) == expected  # type: ignore[arg-type]


def test_a_table_of_a_trailing_period_is_only_outdated_by_a_change_of_its_days() -> None:
    moving = {"as_of": "2019-11-01T00:00:00+00:00", "first_day": "2019-09-01", "last_day": "2019-10-31"}
    trailing = {"parameters": {"period_days": "28", "time_zone": "UTC"}, "moving": moving}
    assert [covers(trailing, days(day, day)) for day in ("2019-10-03", "2019-10-04")] == [False, True]
    assert covers({**trailing, "parameters": {}}, days("2019-10-03", "2019-10-03"))
    assert not covers({"parameters": {}, "moving": {}}, DayRanges())
