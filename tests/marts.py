"""Every mart of the shop, from events alone: how it is built, with which options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
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
from transforms.ecommerce.visitor_first_seen import visitor_first_seen
from transforms.ecommerce.visitor_lifecycle import visitor_lifecycle

KINDS = ("view", "view", "cart", "purchase", "remove_from_cart")
PATIENCE = {"abandon_after_hours": 24, "recovery_days": 7}


@dataclass(frozen=True)
class Mart:
    build: Callable[..., DataFrame]
    options: Mapping[str, Any] = field(default_factory=dict)

    def of(self, events: DataFrame, as_of: datetime, time_zone: str, **options: Any) -> DataFrame:
        return self.build(events, as_of=as_of, time_zone=time_zone, **{**self.options, **options})


MARTS: dict[Table, Mart] = {
    UNIQUE_VISITORS: Mart(lambda events, **options: unique_visitors(events, visitor_first_seen(events), **options)),
    VISITOR_LIFECYCLE: Mart(lambda events, **options: visitor_lifecycle(events, visitor_first_seen(events), **options)),
    ABANDONED_CARTS: Mart(abandoned_carts, PATIENCE),
    CART_ABANDONMENT: Mart(lambda events, **options: cart_abandonment(abandoned_carts(events, **options), events, **options), PATIENCE),
    SHOPPING_FUNNEL: Mart(shopping_funnel, {"funnel_window_hours": 24}),
    TOP_CATEGORIES: Mart(top_categories, {"period_days": 28, "metric": "purchases", "k": 2}),
    BRAND_CATEGORY_GAPS: Mart(brand_category_gaps, {"period_days": 28, "level": 2}),
    BRAND_GAPS: Mart(lambda events, **options: brand_gaps(brand_category_gaps(events, **options)), {"period_days": 28, "level": 2}),
}


def shop(days: list[str], **given: Any) -> list[dict[str, Any]]:
    """Sixty events of five visitors and seven products, every half hour of some days."""
    made = []
    for number in range(60):
        time = f"{days[number % len(days)]} {number * 5 % 24:02}:{30 * (number % 2):02}:00"
        of_product = {"product_id": number % 7, "brand": ("acme", "bolt", None)[number % 3], "category_code": ("a.b.c", "a.b", "d", None)[number % 4]}
        made.append(event(**{"event_time": time, "event_type": KINDS[number % 5], "user_id": number % 4, **of_product, **given}))
    return [{**one, "event_time": datetime.fromisoformat(one["event_time"]).replace(tzinfo=UTC)} for one in made]


def assert_equals_oracle(table: Table, frame: DataFrame, events: list[oracles.Row], as_of: datetime, time_zone: str, **options: Any) -> list[oracles.Row]:
    """Compare the mart built of `frame` with what its oracle makes of the same events, and return its rows."""
    found = oracles.collected(MARTS[table].of(frame, as_of, time_zone, **options))
    expected = oracles.answer(oracles.given(events), table.stem, as_of=as_of, time_zone=time_zone, **{**MARTS[table].options, **options})
    oracles.assert_same(found, expected, table.key)
    return found
