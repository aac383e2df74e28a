"""A stream that is killed or refused, and started again: each event counts once, in one row."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from jobs.realtime import watch
from jobs.runtime.quality import gate
from schemas.realtime.bot_alerts import BOT_ALERTS
from tests.conftest import InProcess
from tests.spark.runs.test_daily import failing
from tests.spark.test_stream import FLOOD, deliver, rows, text


def watched(stream: InProcess, clock: str, *options: str) -> int:
    arguments = ("--input", str(stream.input), "--available_now", "--clock", clock)
    return stream.run(*arguments, *options, job=watch.JOB)


def counted(stream: InProcess) -> int:
    """The events of all windows, each of which has one row for a type and category, and follows the one before."""
    found = stream.table("realtime.event_rates").collect()
    assert set(Counter((row.window_start, row.event_type, row.category_id) for row in found).values()) == {1}
    starts = sorted({row.window_start for row in found})
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(seconds=10)}
    return sum(row.events for row in found if row.category_id is None)


@pytest.mark.slow
@pytest.mark.parametrize("publish_s", ["0", "60"])
def test_a_refused_publication_without_invalid_lines_ends_with_3_and_is_repeated(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, publish_s: str
) -> None:
    deliver(daily.input, "1.json", *map(text, FLOOD))
    options = ("2019-10-02T00:00:00Z", "--publish_s", publish_s)  # with 0, the first publication has no rates
    monkeypatch.setattr(gate, "suite", failing(BOT_ALERTS, 0))
    assert watched(daily, *options) == 3, daily.output
    assert "realtime.bot_alerts failed: few rows (observed value 1)" in daily.output
    assert {daily.lake.main(table) for table in watch.JOB.tables} == {None}
    monkeypatch.undo()
    assert watched(daily, *options) == 0, daily.output
    assert counted(daily) == len(FLOOD)
    assert len(rows(daily)["bot_alerts"]) == len(rows(daily)["blocked_actors"]) == 1
