"""Which parts of a table are rebuilt."""

from datetime import date
from typing import Any

import pytest

from jobs.runtime.day_set import DayRanges
from jobs.runtime.incremental.plan import changed_days, consumed
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


def test_days_between_an_option_as_it_was_and_as_it_is_have_changed() -> None:
    moving = (
        consumed({}, UNIQUE_VISITORS, 1, {"first_day": date(2019, 10, 1)}),
        consumed({}, UNIQUE_VISITORS, 1, {"first_day": date(2019, 10, 4)}),
    )
    assert changed_days(None, {}, *moving) == DayRanges.of((date(2019, 10, 1), date(2019, 10, 4)))  # type: ignore[arg-type]


@pytest.mark.parametrize("begins", [True, False])
def test_where_there_was_no_event_all_days_between_the_first_and_the_last_have_changed(begins: bool) -> None:
    nothing, known = (
        {"first_day": None, "last_day": None},
        {"first_day": date(2019, 1, 5), "last_day": date(2019, 8, 20)},
    )
    moving = [consumed({}, UNIQUE_VISITORS, 1, options) for options in (nothing, known)]
    days = changed_days(None, {}, *(moving if begins else moving[::-1]))  # type: ignore[arg-type]
    assert days == DayRanges.of((date(2019, 1, 5), date(2019, 8, 20)))
