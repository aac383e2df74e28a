"""Random shops with a few or hundreds of visitors, at the boundaries of weeks, months and clock changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.conftest import event

Row = dict[str, Any]
# Boundaries of weeks and months, and both days on which the clocks of Zagreb and New York change.
STARTS = [
    datetime(2019, 10, 20, tzinfo=UTC),
    datetime(2019, 3, 5, tzinfo=UTC),
    datetime(2019, 12, 20, tzinfo=UTC),
    datetime(2020, 2, 10, tzinfo=UTC),
]
ZONES = ["UTC", "Europe/Zagreb", "America/New_York", "Asia/Kathmandu"]
CATEGORIES = ["a.b.c.d.e", "a.b.x", "a.q", "c", "d.e.f", None]
BRANDS = ["acme", "bolt", "corp", "dash", None]
CHECKS = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]


def on_random_shops(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=CHECKS)


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[Row], datetime, str]:
    """Events, as_of and time zone."""
    random = Random(draw(st.integers(0, 10**9)))
    start, days, visitors = draw(st.sampled_from(STARTS)), draw(st.integers(1, 60)), draw(st.sampled_from([1, 5, 300]))
    count = draw(st.integers(0, 1500))
    as_of = start + timedelta(hours=draw(st.sampled_from([1, 24 * days // 2, 24 * days + 48])))
    return [_event(random, start, days, visitors) for _ in range(count)], as_of, draw(st.sampled_from(ZONES))


def _event(random: Random, start: datetime, days: int, visitors: int) -> Row:
    user = int(visitors * random.random() ** 2)
    time = start + timedelta(
        seconds=random.choice([random.randrange(days * 86_400), 3600 * random.randrange(days * 24)])
    )
    session = random.choice([None, f"{user}", f"{user}-{time.day}", "shared"])
    product = random.choice([1, 2, 3, random.randrange(60)])
    of_product = {"category_code": CATEGORIES[product % len(CATEGORIES)], "brand": BRANDS[product % len(BRANDS)]}
    kind = random.choice(["view", "view", "view", "cart", "cart", "remove_from_cart", "purchase"])
    price = str(Decimal(random.choice([0, 99, 1000 + product, random.randrange(10**6)])) / 100)
    return event(
        event_time=time,
        event_type=kind,
        user_id=user,
        product_id=product,
        user_session=session,
        price=price,
        **of_product,
    )


def lines_on_the_limits(random: Random, start: datetime, pairs: int) -> list[Row]:
    """Events of pairs of visitor and product, at the limits of one day and of eight days."""
    events: list[Row] = []
    gaps = [
        timedelta(seconds=one) for one in (0, 0, 1, 3600, 72_000, 86_400, 86_401, 259_200, 691_200, 691_201, 777_600)
    ]
    for pair in range(pairs):
        time = start + timedelta(seconds=random.randrange(86_400))
        for _ in range(random.choice([1, 2, 3, 6])):
            kind = random.choice(["view", "cart", "cart", "cart", "remove_from_cart", "purchase", "purchase"])
            price = str(Decimal(random.randrange(1, 10_000)) / 100)
            session = random.choice([None, "s", f"{pair}-{time.day}"])
            events.append(
                event(
                    event_time=time,
                    event_type=kind,
                    user_id=pair % 400,
                    product_id=pair,
                    price=price,
                    user_session=session,
                )
            )
            time += random.choice(gaps)
    return events


@st.composite
def cart_shops(draw: st.DrawFn) -> tuple[list[Row], datetime, str]:
    """Hundreds of cart lines, as_of and time zone."""
    start = draw(st.sampled_from(STARTS))
    ends = draw(st.sampled_from([timedelta(hours=30), timedelta(days=8), timedelta(days=30)]))
    return (
        lines_on_the_limits(Random(draw(st.integers(0, 10**9))), start, pairs=500),
        start + ends,
        draw(st.sampled_from(ZONES)),
    )
