"""Charts of the realtime board."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs.reports.realtime import charts
from jobs.runtime.reporting.query_runner import Answer
from jobs.runtime.reporting.tile_definitions import tiles


@pytest.mark.parametrize(("draw", "time"), [(charts.rates, "hour"), (charts.minutes, "minute")])
def test_times_are_drawn_in_utc_wherever_the_browser_is(draw: Callable[[Answer], Any], time: str) -> None:
    row = {time: "2019-10-01 00:00:00", "event_type": "view", "events": 1, "unusual_windows": 0}
    [tile] = [one for one in tiles("realtime") if one.stem == draw.__name__]
    answer = Answer(tile, {time: "timestamp"}, [row])
    encoding = draw(answer).to_dict(validate=False)["encoding"]
    assert encoding["x"]["field"] == time
    assert encoding["x"]["scale"] == {"type": "utc"}
    assert encoding["tooltip"][0]["timeUnit"].startswith("utc")
