"""Ten good rows of the tables of events and visitors, and what breaks each expectation of their suites."""

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
# What breaks the expectations of refused rows, of whatever files.
OF_REFUSED = {
    "as many rows as the input has refused ones": run(rows_late=3),
    "the line is kept, but for a forgotten person's": row(raw_line=None),
    "every row has a reason, and only known ones": row(problems=["bad_mood"]),
    "raw_line is valid text": row(raw_line="a\0b"),
    "received_on is the date of the clock": row(received_on="2026-11-19"),
    "no more rows are refused than on its weekday": weekday(usual_refusals=160.0),
}
BAD: dict[Table, dict[str, dict[str, Any]]] = {
    CLEAN_EVENTS: {
        "as many rows as the input has good new ones": run(rows_read=14),
        **{
            f"{name} is given": row(**{name: None})
            for name in ("event_time", "event_type", "product_id", "price", "user_id", "source_file", "run_id")
        },
        "each row is there once": row(**EVENTS[3]),
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
    REJECTED_EVENTS: {**OF_REFUSED, **{f"{name} is given": row(**{name: None}) for name in REJECTED_EVENTS.required}},
    VISITOR_FIRST_SEEN: {
        "user_id is given": row(user_id=None),
        "first_event_time is given": row(first_event_time=None),
        "each row is there once": row(user_id=1),
        "every visitor of clean_events is there": row(user_id=99),
        "each visitor is first seen at the first event": {
            "more": {"user_id": 99, "first_event_time": "2019-10-01 10:00:05"}
        },
    },
}
