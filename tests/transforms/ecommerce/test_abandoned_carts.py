"""The columns of a cart line. The status of a line is covered by tests/golden/test_carts.py."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def carts(rows: Rows, given: list[dict[str, Any]], as_of: datetime = AS_OF, time_zone: str = "UTC") -> DataFrame:
    return MARTS[ABANDONED_CARTS].of(rows(CLEAN_EVENTS, given), as_of, time_zone)


def add(time: str, **given: Any) -> dict[str, Any]:
    return event(event_type="cart", event_time=f"2019-10-{time}", **given)


def purchase(time: str, **given: Any) -> dict[str, Any]:
    return event(event_type="purchase", event_time=f"2019-10-{time}", **given)


def test_a_line_has_its_first_session_its_last_add_and_what_closed_it(rows: Rows) -> None:
    """Visitor 1 has bought, visitor 2 has left: the line of the latter is closed once it can no longer be recovered."""
    given = [
        add("01 10:00:00", user_session="first", price="5.00", brand="old"),
        add("01 12:00:00", user_session="second", price="4.00", brand="new", category_code=None),
        purchase("01 13:30:00", user_session="third", price="3.50"),
        add("01 10:00:00", user_id=2, user_session=None),
    ]
    found = carts(rows, given)
    times = "user_id first_cart_at last_cart_at abandoned_at closed_at hours_to_close"
    bought = (1, "2019-10-01 10:00:00", "2019-10-01 12:00:00", None, "2019-10-01 13:30:00", 3.5)
    left = (2, "2019-10-01 10:00:00", "2019-10-01 10:00:00", "2019-10-02 10:00:00", "2019-10-09 10:00:00", 192.0)
    details = "status adds first_session closing_session brand category_code last_price value_at_risk purchase_price"
    of_bought = ("purchased", 2, "first", "third", "new", None, "4.00", "4.00", "3.50")
    of_left = ("abandoned", 1, "user:2:2019-10-01", None, "acme", "a.b", "1.00", "1.00", None)
    assert_rows(found, f"{times} {details}", [(*bought, *of_bought), (*left, *of_left)])


def test_a_line_is_of_one_visitor_and_product_until_it_is_closed(rows: Rows) -> None:
    """Adds at the same instant are ordered by price, then session."""
    of_expired = [add(time, user_id=3) for time in ("01 10:00:00", "09 10:00:00", "17 10:00:01")]
    same = [("2.00", "b"), ("2.00", "a"), ("1.00", "c")]
    of_equal = [add("01 10:00:00", user_id=4, price=price, user_session=session) for price, session in same]
    of_products = [add("01 10:00:00", user_id=user, product_id=product) for user, product in ((1, 1), (1, 2), (2, 1))]
    found = carts(rows, [*of_products, purchase("01 11:00:00", product_id=2), *of_expired, *of_equal])
    expected = [
        (1, 1, "2019-10-01 10:00:00", 1, "abandoned", "s", "1.00"),
        (1, 2, "2019-10-01 10:00:00", 1, "purchased", "s", "1.00"),
        (2, 1, "2019-10-01 10:00:00", 1, "abandoned", "s", "1.00"),
        (3, 1, "2019-10-01 10:00:00", 2, "abandoned", "s", "1.00"),
        (3, 1, "2019-10-17 10:00:01", 1, "abandoned", "s", "1.00"),
        (4, 1, "2019-10-01 10:00:00", 3, "abandoned", "c", "2.00"),
    ]
    assert_rows(found, "user_id product_id first_cart_at adds status first_session last_price", expected)


# events before as_of, 2019-10-09 10:00: adds, status, abandoned_at
BEFORE_AS_OF = {
    "added 8 days ago": ([add("01 10:00:00")], 1, "abandoned", "2019-10-02 10:00:00"),
    "added again after 3 days, then 2 h": (
        [add("06 08:00:00"), add("09 08:00:00")],
        2,
        "abandoned",
        "2019-10-07 08:00:00",
    ),
    "added again after 3 days, then 48 h": (
        [add("04 10:00:00"), add("07 10:00:00")],
        2,
        "abandoned",
        "2019-10-08 10:00:00",
    ),
    "bought at as_of": ([add("09 08:00:00"), purchase("09 10:00:00")], 1, "open", None),
}


def test_a_line_may_be_abandoned_and_not_closed_and_an_event_at_as_of_does_not_count(rows: Rows) -> None:
    given = []
    for user, (case, (happened, *_)) in enumerate(BEFORE_AS_OF.items()):
        given += [{**one, "user_session": case, "user_id": user} for one in happened]
    found = carts(rows, given, as_of=datetime(2019, 10, 9, 10, tzinfo=UTC))
    expected = [(case, *line, None, None) for case, (_, *line) in BEFORE_AS_OF.items()]
    assert_rows(found, "first_session adds status abandoned_at closed_at hours_to_close", expected)


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2019-10-01"), ("Europe/Zagreb", "2019-10-02")])
def test_day_is_the_local_day_of_the_last_add(rows: Rows, zone: str, day: str) -> None:
    assert_rows(carts(rows, [add("01 10:00:00"), add("01 22:30:00")], time_zone=zone), "day", [(day,)])
