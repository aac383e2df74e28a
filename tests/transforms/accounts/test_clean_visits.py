"""Delivered visits, typed and judged."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.accounts.raw_visits import RAW_VISITS
from tests.conftest import Orders, Rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.accounts.clean_visits import clean_visits

CLOCK = datetime(2019, 10, 2, 12, tzinfo=UTC)
GOOD = {"user_id": "9", "email": "ana@Example.com", "visited_at": "2019-10-01T10:00:00+02:00", "page": "/"}


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({}, []),
        ({"email": None, "page": ""}, []),
        ({"user_id": ""}, ["bad_user_id"]),
        ({"user_id": '{"id":7}'}, ["bad_user_id"]),
        ({"user_id": '["7"]'}, ["bad_user_id"]),
        ({"email": "ana"}, ["bad_email"]),
        ({"email": "info@xn--e1afmkfd.xn--p1ai"}, []),
        ({"email": "info@example.xn--"}, ["bad_email"]),
        ({"visited_at": None}, ["unparsable_time"]),
        ({"visited_at": "yesterday"}, ["unparsable_time"]),
        ({"visited_at": "2019-10-02T12:05:00Z"}, []),
        ({"visited_at": "2019-10-02T12:05:01Z"}, ["future"]),
        ({"visited_at": "1999-12-31T23:59:59Z"}, ["too_old"]),
        ({"page": "a\0b"}, ["encoding"]),
        ({"malformed": True, "user_id": None}, ["truncated_or_malformed"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(rows: Rows, given: dict[str, Any], problems: list[str]) -> None:
    [row] = clean_visits(delivered(rows, RAW_VISITS, GOOD, [given]), clock=CLOCK).collect()
    assert row.problems == problems


def test_a_visit_is_in_utc(rows: Rows) -> None:
    [row] = clean_visits(delivered(rows, RAW_VISITS, GOOD, [{}]), clock=CLOCK).selectExpr("user_id", "email", "string(visited_at) AS at", "page").collect()
    assert tuple(row) == ("9", "ana@example.com", "2019-10-01 08:00:00", "/")


@pytest.mark.parametrize(("given", "user_id"), [("7.0", "7"), ("15990000.0000000000", "15990000"), ("7.5", "7.5"), ("v7.0", "v7.0"), ("007", "007")])
def test_a_number_that_came_as_a_fraction_is_the_same_visitor(rows: Rows, given: str, user_id: str) -> None:
    [row] = clean_visits(delivered(rows, RAW_VISITS, GOOD, [{"user_id": given}]), clock=CLOCK).collect()
    assert (row.user_id, row.problems) == (user_id, [])


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    given = [{**GOOD, "user_id": f"{number}", "raw_line": f"{number}", "source_file": "/in/a", "malformed": False} for number in range(6)]
    found = [sorted(row.user_id for row in clean_visits(frame, clock=CLOCK).collect()) for frame in orders(with_line(RAW_VISITS), given)]
    assert found == [[f"{number}" for number in range(6)]] * 3


KEPT = [{"user_id": f"{number}", "email": None, "visited_at": "2019-10-01T10:00:00Z", "page": "/", **OF_FILE} for number in range(10)]
PLANTED = Planted(
    KEPT,
    {
        "visits are from 2000 until the clock": row(visited_at="1999-12-31T23:59:59Z"),
        "an address has a name and a domain": row(email="ana"),
    },
)
