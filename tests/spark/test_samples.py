"""Corrupted rows of synthetic shop events."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from jobs.samples.dirt import FAULTS
from jobs.samples.shop_events import shop_events
from tests.conftest import InProcess

START = date(2019, 10, 1)


@pytest.mark.nightly
@pytest.mark.slow
def test_dirt_is_one_line_in_a_hundred_and_each_kind_is_refused_for_its_reason(
    tmp_path: Path, daily: InProcess
) -> None:
    shop_events(str(daily.input), 8_000, 2, START, 7, True)
    assert daily.run() == 0, daily.output
    assert "8,000 rows read = " in daily.output
    found = Counter(problem for row in daily.table("ecommerce.rejected_events").collect() for problem in row.problems)
    assert set(found) == {
        "truncated_or_malformed", "encoding", "unparsable_time", "future", "too_old", "unknown_event_type",
        "bad_product_id", "bad_category_id", "bad_price", "bad_user_id",
    }  # fmt: skip
    assert daily.table("ecommerce.rejected_events").count() == pytest.approx(80, abs=len(FAULTS))
    assert "expectation not met: prices have at most two decimals" in daily.output
