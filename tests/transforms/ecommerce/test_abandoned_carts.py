"""What a cart line says of itself; what becomes of it is in tests/golden/test_carts.py."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, event
from tests.marts import MARTS

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def lines(rows: Rows, *given: dict[str, Any], as_of: datetime = AS_OF, time_zone: str = "UTC") -> list[Row]:
    carts = MARTS[ABANDONED_CARTS].of(rows(CLEAN_EVENTS, list(given)), as_of, time_zone)
    times = [name for name, kind in carts.dtypes if kind == "timestamp"]
    as_text = carts.withColumns({name: carts[name].cast("string") for name in times})
    return as_text.orderBy("user_id", "product_id", "first_cart_at").collect()


def test_a_line_keeps_its_first_session_and_what_the_last_add_said(rows: Rows) -> None:
    [line] = lines(
        rows,
        event(event_type="cart", event_time="2019-10-01 10:00:00", user_session="first", price="5.00", brand="old"),
        event(
            event_type="cart",
            event_time="2019-10-01 12:00:00",
            user_session="second",
            price="4.00",
            brand="new",
            category_code=None,
        ),
        event(event_type="purchase", event_time="2019-10-01 13:30:00", user_session="third", price="3.50"),
    )
    assert (line.first_cart_at, line.last_cart_at, line.closed_at) == (
        "2019-10-01 10:00:00",
        "2019-10-01 12:00:00",
        "2019-10-01 13:30:00",
    )
    assert (line.first_session, line.closing_session, line.brand, line.category_code, line.adds) == (
        "first",
        "third",
        "new",
        None,
        2,
    )
    assert (line.last_price, line.value_at_risk, line.purchase_price) == (
        Decimal("4.00"),
        Decimal("4.00"),
        Decimal("3.50"),
    )
    assert (line.status, line.hours_to_close, line.abandoned_at) == ("purchased", 3.5, None)


def test_a_line_that_was_left_is_closed_when_it_can_no_longer_be_won_back(rows: Rows) -> None:
    added = event(event_type="cart", event_time="2019-10-01 10:00:00", user_session=None)
    [line] = lines(rows, added)
    assert (line.status, line.abandoned_at, line.closed_at, line.hours_to_close) == (
        "abandoned",
        "2019-10-02 10:00:00",
        "2019-10-09 10:00:00",
        192.0,
    )
    assert (line.first_session, line.closing_session, line.purchase_price) == ("user:1:2019-10-01", None, None)
    [younger] = lines(rows, added, as_of=datetime(2019, 10, 9, 10, tzinfo=UTC))
    assert (younger.status, younger.closed_at, younger.hours_to_close) == ("abandoned", None, None)


def test_adding_again_counts_the_hours_anew_but_once_abandoned_stays_abandoned(rows: Rows) -> None:
    adds = [event(event_type="cart", event_time=f"2019-10-{day:02} 10:00:00") for day in (1, 4)]
    [line] = lines(rows, *adds, as_of=datetime(2019, 10, 4, 12, tzinfo=UTC))
    assert (line.status, line.abandoned_at, line.adds) == ("abandoned", "2019-10-02 10:00:00", 2)
    [later] = lines(rows, *adds, as_of=datetime(2019, 10, 6, tzinfo=UTC))
    assert (later.status, later.abandoned_at) == ("abandoned", "2019-10-05 10:00:00")


def test_an_add_after_the_line_has_expired_begins_another(rows: Rows) -> None:
    adds = [
        event(event_type="cart", event_time=time)
        for time in ("2019-10-01 10:00:00", "2019-10-09 10:00:00", "2019-10-17 10:00:01")
    ]
    assert [(line.first_cart_at, line.adds) for line in lines(rows, *adds)] == [
        ("2019-10-01 10:00:00", 2),
        ("2019-10-17 10:00:01", 1),
    ]


def test_each_visitor_and_product_has_lines_of_its_own(rows: Rows) -> None:
    added = [event(event_type="cart", user_id=user, product_id=product) for user, product in ((1, 1), (1, 2), (2, 1))]
    bought = event(event_type="purchase", event_time="2019-10-01 11:00:00", product_id=2)
    assert [line.status for line in lines(rows, *added, bought)] == ["abandoned", "purchased", "abandoned"]


def test_adds_at_one_instant_are_one_line_and_the_order_of_equal_ones_is_that_of_price_then_session(rows: Rows) -> None:
    same = [
        event(event_type="cart", price=price, user_session=session)
        for price, session in (("2.00", "b"), ("2.00", "a"), ("1.00", "c"))
    ]
    [line] = lines(rows, *same)
    assert (line.adds, line.first_session, line.last_price) == (3, "c", Decimal("2.00"))


def test_day_is_that_of_the_last_add_in_the_zone(rows: Rows) -> None:
    adds = [event(event_type="cart", event_time=time) for time in ("2019-10-01 10:00:00", "2019-10-01 22:30:00")]
    assert [line.day for line in lines(rows, *adds)] == [date(2019, 10, 1)]
    assert [line.day for line in lines(rows, *adds, time_zone="Europe/Zagreb")] == [date(2019, 10, 2)]


def test_events_at_or_after_as_of_are_not_there_yet(rows: Rows) -> None:
    given = [event(event_type="cart"), event(event_type="purchase", event_time="2019-10-01 12:00:00")]
    [line] = lines(rows, *given, as_of=datetime(2019, 10, 1, 12, tzinfo=UTC))
    assert (line.status, line.closed_at) == ("open", None)
