"""Ten good rows of the first tables, and what breaks each expectation of their suites."""

from typing import Any

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import event

EVENTS = [event(user_id=number % 3, event_time=f"2019-10-{1 + number % 2:02} 10:00:{number:02}", user_session=f"{number % 3}") for number in range(10)]
REFUSED = [{"raw_line": f"{n}", "problems": ["bad_price"], "source_file": "/in/a", "run_id": "r", "received_on": "2026-11-20"} for n in range(10)]
SEEN = [{"user_id": number, "first_event_time": f"2019-10-01 10:00:{number:02}"} for number in range(10)]
SEEN_EVENTS = [event(user_id=number, event_time=f"2019-10-01 10:00:{number:02}") for number in range(10)]


def period(grain: str, start: str, **given: Any) -> dict[str, Any]:
    usual = {"visitors": 5, "events": 10, "sessions": 6, "buyers": 1, "new_visitors": 5, "returning_visitors": 0, "stickiness": None, "partial": True}
    return {"grain": grain, "period_start": start, **usual, "time_zone": "UTC", **given}


PERIODS = [
    period("day", "2019-10-01", visitors=10, new_visitors=10, stickiness=0.5),
    period("day", "2019-10-02", visitors=0, events=0, sessions=0, buyers=0, new_visitors=0),
    period("day", "2019-10-03", visitors=0, events=0, sessions=0, buyers=0, new_visitors=0, partial=False),
    period("week", "2019-09-30", visitors=10, new_visitors=10),
    period("month", "2019-10-01", visitors=10, new_visitors=10),
    *(period(grain, f"2019-10-0{day}") for grain in ("rolling_7d", "rolling_28d") for day in (1, 2, 3)),
][:10]
PERIODS = [one for one in PERIODS if one["grain"] != "rolling_28d"] + [period("rolling_28d", "2019-10-01"), period("rolling_28d", "2019-10-02")]
PERIOD_EVENTS = [*SEEN_EVENTS[:9], event(user_id=9, event_time="2019-10-03 00:00:00")]
PERIODS[0] |= {"events": 9, "visitors": 9, "new_visitors": 9}
PERIODS[2] |= {"events": 1, "visitors": 1, "sessions": 1, "new_visitors": 1}
PERIOD_SEEN = [{"user_id": one["user_id"], "first_event_time": one["event_time"]} for one in PERIOD_EVENTS]
COUNTS = {"rows_read": 13, "rows_rejected": 1, "rows_late": 1, "rows_duplicate": 1}

GOOD: dict[Table, tuple[list[dict[str, Any]], dict[Table, list[dict[str, Any]]], dict[str, Any]]] = {
    CLEAN_EVENTS: (EVENTS, {}, {**COUNTS, "remarks": "", "newest_before": None}),
    REJECTED_EVENTS: (REFUSED, {}, {"rows_rejected": 8, "rows_late": 2}),
    VISITOR_FIRST_SEEN: (SEEN, {CLEAN_EVENTS: SEEN_EVENTS}, {}),
    UNIQUE_VISITORS: (PERIODS, {CLEAN_EVENTS: PERIOD_EVENTS, VISITOR_FIRST_SEEN: PERIOD_SEEN}, {"time_zone": "UTC", "as_of": "2019-10-04"}),
}


def row(**change: Any) -> dict[str, Any]:
    """The first row with a change."""
    return {"row": change}


def run(**change: Any) -> dict[str, Any]:
    """Another number or word that the run was told."""
    return {"run": change}


BAD: dict[Table, dict[str, dict[str, Any]]] = {
    CLEAN_EVENTS: {
        "as many rows as the input has good new ones": run(rows_read=14),
        **{f"{name} is given": row(**{name: None}) for name in ("event_time", "event_type", "product_id", "price", "user_id", "source_file", "run_id")},
        "each event is there once": row(**EVENTS[3]),
        "event_type is one of the four": row(event_type="hover"),
        "price is not negative": row(price="-0.01"),
        "ids are not negative": row(category_id=-1),
        "brand is trimmed lower case, or NULL": row(brand="Acme"),
        "category_code is trimmed lower case, or NULL": row(category_code=" a.b"),
        "user_session is not empty, or NULL": row(user_session=""),
        "event_time is between the year 2000 and the clock": row(event_time="2026-11-20 12:05:01"),
        "the newest day follows within 7 days of the one before": row(event_time="2019-10-10 00:00:00"),
        "a session belongs to one visitor": row(user_session="1"),
        "prices have at most two decimals": run(remarks="price_rounded"),
    },
    REJECTED_EVENTS: {
        "as many rows as the input has refused ones": run(rows_late=3),
        **{f"{name} is given": row(**{name: None}) for name in ("problems", "source_file", "run_id", "received_on")},
        "the line is kept": row(raw_line=None),
        "every row has a reason, and only known ones": row(problems=["bad_mood"]),
        "raw_line is valid text": row(raw_line="a\0b"),
        "received_on is the date of the clock": row(received_on="2026-11-19"),
    },
    VISITOR_FIRST_SEEN: {
        "user_id is given": row(user_id=None),
        "first_event_time is given": row(first_event_time=None),
        "each visitor is there once": row(user_id=1),
        "as many visitors as clean_events has": {"more": {"user_id": 99, "first_event_time": "2019-10-01 10:00:05"}},
        "the first visit is the first event, the last one no later than the last event": row(first_event_time="2019-10-01 10:00:01"),
    },
    UNIQUE_VISITORS: {
        **{f"{name} is given": row(**{name: None}) for name in UNIQUE_VISITORS.required},
        "each period is there once": row(period_start="2019-10-02"),
        "grain is a known one": row(grain="year"),
        **{f"{name} is not negative": row(**{name: -1}) for name in ("visitors", "events", "sessions", "buyers", "new_visitors", "returning_visitors")},
        "stickiness is a share": row(stickiness=1.1),
        "no more buyers than visitors": row(buyers=10),
        "no more visitors than events": row(visitors=10),
        "no more sessions than events": row(sessions=10),
        "new and returning visitors are all visitors": row(returning_visitors=1),
        "stickiness is given for days only": row(grain="week", stickiness=0.5),
        "the zone is the one that was asked for": row(time_zone="Europe/Zagreb"),
        "every event of clean_events before as_of is counted once per grain": row(events=10),
        "every visitor is new on one day": row(new_visitors=10),
        "visitor_first_seen knows every visitor": {"row": {}, "seen": PERIOD_SEEN[:9]},
        "days follow each other without a gap": row(period_start="2019-09-29"),
        "the newest day is that of the newest event before as_of": {"row": {}, "last_day": "2019-10-04"},
    },
}
