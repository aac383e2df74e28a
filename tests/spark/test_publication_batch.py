"""Which rows of incidents a publication replaces."""

from types import SimpleNamespace
from typing import Any, cast

from jobs.runtime.streaming.output_rows import incident_rows
from jobs.runtime.streaming.publication_batch import _changed_days
from schemas.realtime.bot_alerts import BOT_ALERTS
from tests.conftest import Rows
from transforms.detection.incidents import Incident
from transforms.detection.rules import Key

MIDNIGHT = 1_569_974_400


def row(first_seen: int) -> dict[str, Any]:
    last, key = MIDNIGHT + 60, Key("user_id", "1")
    [found] = incident_rows(
        [Incident("user_rate", key, "block", first_seen, last, last, last, 70, 1, {"user_rate": 70})]
    )
    return {**found, "run_id": "r"}


def test_an_incident_that_an_event_moves_to_the_day_before_has_one_row(rows: Rows) -> None:
    published, moved = row(MIDNIGHT), row(MIDNIGHT - 30)
    lake = cast(Any, SimpleNamespace(frame=lambda table, _: rows(table, [published])))
    days, replaced = _changed_days(lake, BOT_ALERTS, 1, [moved], [])
    assert days == {published["first_seen"].date(), moved["first_seen"].date()}
    assert replaced == [moved]
