"""Ten good rows of the tables of events and visitors, and a violation of each expectation of their suites."""

from typing import Any

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import event
from tests.planted import row, run, weekday

EVENTS = [
    event(user_id=number % 3, event_time=f"2019-10-{1 + number % 2:02} 10:00:{number:02}", user_session=f"{number % 3}")
    for number in range(10)
]
REFUSED = [
    {"raw_line": f"{n}", "problems": ["bad_price"], "source_file": "/in/a", "run_id": "r", "received_on": "2026-11-20"}
    for n in range(10)
]
SEEN = [{"user_id": number, "first_event_time": f"2019-10-01 10:00:{number:02}"} for number in range(10)]
SEEN_EVENTS = [event(user_id=number, event_time=f"2019-10-01 10:00:{number:02}") for number in range(10)]
COUNTS = {"rows_read": 13, "rows_rejected": 1, "rows_late": 1, "rows_duplicate": 1}

GOOD: dict[Table, tuple[list[dict[str, Any]], dict[Table, list[dict[str, Any]]], dict[str, Any]]] = {
    CLEAN_EVENTS: (EVENTS, {}, {**COUNTS, "remarks": "", "newest_before": None}),
    REJECTED_EVENTS: (REFUSED, {}, {"rows_rejected": 8, "rows_late": 2}),
    VISITOR_FIRST_SEEN: (SEEN, {CLEAN_EVENTS: SEEN_EVENTS}, {}),
}
# Violations of the expectations for rejected rows of any files.
OF_REFUSED = {
    "the row count equals the rejected rows of the input": run(rows_late=3),
    "raw_line is null only for a forgotten person": row(raw_line=None),
    "every row has problems, all of them known": row(problems=["bad_mood"]),
    "raw_line has no NUL character": row(raw_line="a\0b"),
    "received_on is the UTC date of the clock": row(received_on="2026-11-19"),
    "the share of rejected rows is normal for the weekday": weekday(usual_refusals=160.0),
}
BAD: dict[Table, dict[str, dict[str, Any]]] = {
    CLEAN_EVENTS: {
        "the row count equals the new valid rows of the input": run(rows_read=14),
        **{
            f"{name} is not null": row(**{name: None})
            for name in ("event_time", "event_type", "product_id", "price", "user_id", "source_file", "run_id")
        },
        "the key is unique": row(**EVENTS[3]),
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
        "a day has about as many rows as its weekday has": weekday(usual_rows=40.0),
    },
    REJECTED_EVENTS: {
        **OF_REFUSED,
        **{f"{name} is not null": row(**{name: None}) for name in REJECTED_EVENTS.required},
    },
    VISITOR_FIRST_SEEN: {
        "user_id is not null": row(user_id=None),
        "first_event_time is not null": row(first_event_time=None),
        "the key is unique": row(user_id=1),
        "every visitor of clean_events is there": row(user_id=99),
        "each visitor is first seen at the first event": {
            "more": {"user_id": 99, "first_event_time": "2019-10-01 10:00:05"}
        },
    },
}
