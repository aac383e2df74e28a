"""Delivered visits, typed and validated."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.accounts.raw_visits import RAW_VISITS
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.accounts.clean_visits import clean_visits

CLOCK = datetime(2019, 10, 2, 12, tzinfo=UTC)
GOOD = {"user_id": "9", "email": "ana@Example.com", "visited_at": "2019-10-01T10:00:00+02:00", "page": "/"}


def cleaned(rows: Rows, *given: dict[str, Any]) -> DataFrame:
    return clean_visits(delivered(rows, RAW_VISITS, GOOD, given), clock=CLOCK)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
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
]


def test_a_bad_visit_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(given for given, _ in PROBLEMS))
    expected = [[f"{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


def test_a_visit_is_typed_its_time_in_utc_and_a_whole_number_as_an_id_without_fraction(rows: Rows) -> None:
    ids = {"9": "9", "7.0": "7", "15990000.0000000000": "15990000", "7.5": "7.5", "v7.0": "v7.0", "007": "007"}
    found = cleaned(rows, *({"raw_line": written, "user_id": written} for written in ids))
    others = ["ana@example.com", "2019-10-01 08:00:00", "/", []]
    expected = [[written, user_id, *others] for written, user_id in ids.items()]
    assert_rows(found, "raw_line user_id email visited_at page problems", expected)


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    good = {**GOOD, "source_file": "/in/a", "malformed": False}
    given = [{**good, "user_id": f"{number}", "raw_line": f"{number}"} for number in range(6)]
    for frame in orders(with_line(RAW_VISITS), given):
        assert_rows(clean_visits(frame, clock=CLOCK), "user_id", [[f"{number}"] for number in range(6)])


KEPT = [
    {"user_id": f"{number}", "email": None, "visited_at": "2019-10-01T10:00:00Z", "page": "/", **OF_FILE}
    for number in range(10)
]
PLANTED = Planted(
    KEPT,
    {
        "visits are from 2000 until the clock": row(visited_at="1999-12-31T23:59:59Z"),
        "an address has a name and a domain": row(email="ana"),
    },
)
