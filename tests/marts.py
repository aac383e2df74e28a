"""How to build every mart of the shop from events alone, and with which options."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.spark.small_frames import bounds, local_frame
from jobs.runtime.time_zone_rules import local_date
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from schemas.table import Table
from tests import oracles
from tests.conftest import event
from transforms.ecommerce.abandoned_carts import abandoned_carts
from transforms.ecommerce.brand_category_gaps import brand_category_gaps
from transforms.ecommerce.brand_gaps import brand_gaps
from transforms.ecommerce.cart_abandonment import cart_abandonment
from transforms.ecommerce.shopping_funnel import shopping_funnel
from transforms.ecommerce.top_categories import top_categories
from transforms.ecommerce.unique_visitors import unique_visitors
from transforms.ecommerce.visitor_days import visitor_days
from transforms.ecommerce.visitor_first_seen import visitor_first_seen
from transforms.ecommerce.visitor_lifecycle import visitor_lifecycle

KINDS = ("view", "view", "cart", "purchase", "remove_from_cart")
PATIENCE = {"abandon_after_hours": 24, "recovery_days": 7}


@dataclass(frozen=True)
class Mart:
    """How a mart is built from events. Options that its transform has no parameter for are not passed."""

    build: Callable[..., DataFrame]
    transform: Callable[..., DataFrame]
    options: Mapping[str, Any] = field(default_factory=dict)

    def of(self, events: DataFrame, as_of: datetime, time_zone: str, **options: Any) -> DataFrame:
        """The whole mart, from all events."""
        given = {**self.options, **options, **days_of(events, as_of, time_zone), "as_of": as_of, "time_zone": time_zone}
        return self.build(
            events,
            **{name: value for name, value in given.items() if name in inspect.signature(self.transform).parameters},
        )


def days_of(events: DataFrame, as_of: datetime, time_zone: str) -> dict[str, date | None]:
    """The first and the last local day of the events before as_of."""
    known = bounds(events.filter(F.col("event_time") < F.lit(as_of)), "event_time")
    return {
        name: instant and local_date(instant, time_zone)
        for name, instant in zip(("first_day", "last_day"), known, strict=True)
    }


def seen(events: DataFrame) -> DataFrame:
    return visitor_first_seen(events, local_frame(events.sparkSession, VISITOR_FIRST_SEEN, []), since=None)


def visits(events: DataFrame, *, as_of: datetime, time_zone: str, **_: Any) -> DataFrame:
    return visitor_days(events, as_of=as_of, time_zone=time_zone)


def carts(events: DataFrame, **options: Any) -> DataFrame:
    return abandoned_carts(events, local_frame(events.sparkSession, ABANDONED_CARTS, []), since=None, **options)


MARTS: dict[Table, Mart] = {
    VISITOR_DAYS: Mart(visitor_days, visitor_days),
    UNIQUE_VISITORS: Mart(
        lambda events, **options: unique_visitors(visits(events, **options), seen(events), **options), unique_visitors
    ),
    VISITOR_LIFECYCLE: Mart(
        lambda events, **options: visitor_lifecycle(visits(events, **options), seen(events), **options),
        visitor_lifecycle,
    ),
    ABANDONED_CARTS: Mart(carts, abandoned_carts, PATIENCE),
    CART_ABANDONMENT: Mart(
        lambda events, **options: cart_abandonment(carts(events, **options), events, **options),
        cart_abandonment,
        PATIENCE,
    ),
    SHOPPING_FUNNEL: Mart(shopping_funnel, shopping_funnel, {"funnel_window_hours": 24}),
    TOP_CATEGORIES: Mart(top_categories, top_categories, {"period_days": 28, "metric": "purchases", "k": 2}),
    BRAND_CATEGORY_GAPS: Mart(brand_category_gaps, brand_category_gaps, {"period_days": 28, "level": 2}),
    BRAND_GAPS: Mart(
        lambda events, **options: brand_gaps(brand_category_gaps(events, **options)),
        brand_category_gaps,
        {"period_days": 28, "level": 2},
    ),
}


def shop(days: list[str], **given: Any) -> list[dict[str, Any]]:
    """Sixty events of five visitors and seven products, one every half hour of some days."""
    made = []
    for number in range(60):
        time = f"{days[number % len(days)]} {number * 5 % 24:02}:{30 * (number % 2):02}:00"
        of_product = {
            "product_id": number % 7,
            "brand": ("acme", "bolt", None)[number % 3],
            "category_code": ("a.b.c", "a.b", "d", None)[number % 4],
        }
        made.append(
            event(**{"event_time": time, "event_type": KINDS[number % 5], "user_id": number % 4, **of_product, **given})
        )
    return [{**one, "event_time": datetime.fromisoformat(one["event_time"]).replace(tzinfo=UTC)} for one in made]


def assert_equals_oracle(
    table: Table, frame: DataFrame, events: list[oracles.Row], as_of: datetime, time_zone: str, **options: Any
) -> list[oracles.Row]:
    """Compare the mart built from `frame` with the result of its oracle for the same events. Returns its rows."""
    found = oracles.collected(MARTS[table].of(frame, as_of, time_zone, **options))
    expected = oracles.answer(
        oracles.given(events), table.stem, as_of=as_of, time_zone=time_zone, **{**MARTS[table].options, **options}
    )
    oracles.assert_same(found, expected, table.key)
    return found
