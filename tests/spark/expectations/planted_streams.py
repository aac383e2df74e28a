"""Ten good rows of each table of a stream, and a violation of each expectation of its suite file."""

from schemas.realtime.alerts import ALERTS
from schemas.realtime.blocked_actors import BLOCKED_ACTORS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from schemas.realtime.rate_anomalies import RATE_ANOMALIES
from schemas.table import Table
from tests.planted import Planted, row

_DAY = "2019-10-01 12:0"
_SEEN = {"rule": "user_rate", "key_kind": "user_id", "first_seen": f"{_DAY}1:00", "last_seen": f"{_DAY}2:00"}

PLANTED: dict[Table, Planted] = {
    EVENT_RATES: Planted(
        [
            {"window_start": f"{_DAY}{minute}:20", "event_type": "view", "category_id": category, "events": events}
            for minute in range(5)
            for category, events in ((7, 3), (None, 4))
        ],
        {
            "event_type is one of the known types": row(event_type="look"),
            "events are counted": row(events=-1),
            "a window starts at a multiple of ten seconds": row(window_start=f"{_DAY}0:21"),
            "a category has a row where it had an event": row(events=0),
            "all categories together have at least the events of each": row(events=5),
        },
    ),
    BOT_ALERTS: Planted(
        [
            {
                **_SEEN,
                "key": str(place),
                "action": "block",
                "raised_at": f"{_DAY}1:00",
                "max_value": 60,
                "bot_score": 11,
                "bot_band": "likely_automated",
                "reasons": ["user_rate 60"],
                "visitors": [],
            }
            for place in range(10)
        ],
        {
            "action is one of the known actions": row(action="ban"),
            "key_kind is one of the known kinds": row(key_kind="brand"),
            "an incident has a value": row(max_value=0),
            "bot_score is between 1 and 99": row(bot_score=100, bot_band="likely_human"),
            "bot_band follows from the bot score": row(bot_band="automated"),
            "an incident is seen last, and raised, after it is first seen": row(raised_at=f"{_DAY}0:50"),
        },
    ),
    BLOCKED_ACTORS: Planted(
        [
            {
                **_SEEN,
                "key": str(place),
                "action": "block",
                "max_rate": 1.5,
                "expires_at": "2019-10-01 13:02:00",
                "offences": 1,
                "mode": "observe",
                "run_id": "20191001t120000_1",
            }
            for place in range(10)
        ],
        {
            "action blocks": row(action="alert"),
            "mode is observe or enforce": row(mode="off"),
            "a block is an offence": row(offences=0),
            "a block expires after the last breach": row(expires_at=f"{_DAY}2:00"),
            "a block has a rate": row(max_rate=0.0),
        },
    ),
    RATE_ANOMALIES: Planted(
        [
            {
                "window_start": f"{_DAY}{minute}:20",
                "metric": "view",
                "detector": "rcf",
                "value": 900,
                "expected_low": 10.0,
                "expected_high": 40.0,
                "score": 7.5,
                "direction": "up",
            }
            for minute in range(10)
        ],
        {
            "metric is one of the event types": row(metric="look"),
            "detector is one of the known detectors": row(detector="mean"),
            "direction is up, down or none": row(direction="left"),
            "events are counted": row(value=-1),
            "an anomaly has a range and a score": row(expected_low=41.0),
        },
    ),
    ALERTS: Planted(
        [
            {
                "alerted_at": f"{_DAY}{minute}:00",
                "rule": "user_rate",
                "state": "raised",
                "severity": "warning",
                "incidents": 2,
                "keys": ["user_id 1", "user_id 2"],
            }
            for minute in range(10)
        ],
        {
            "state is one of the known states": row(state="closed"),
            "severity is one of the known severities": row(severity="high"),
            "an alert is about incidents": row(incidents=0),
            "an alert names up to 20 of its keys": row(keys=[]),
            "an alert comes at the end of a minute": row(alerted_at=f"{_DAY}0:30"),
        },
    ),
}
