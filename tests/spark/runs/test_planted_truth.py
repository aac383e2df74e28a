"""A shop with known problems: the tables contain exactly these, and the summary has the top of each list."""

from collections.abc import Iterator

import pytest

from jobs.ecommerce.daily import JOB as DAILY
from tests.conftest import InProcess, line

pytestmark = pytest.mark.slow

# brand, category, visitors who view, cart and buy
# All rates are 0.4 and 0.5 with one exception; every assortment has 20 products.
CROWDS = [
    ("acme", "home.lamp", 1680, 672, 336),
    ("bolt", "home.lamp", 1680, 672, 336),
    ("corp", "home.lamp", 1680, 672, 336),
    ("shy", "home.lamp", 840, 336, 168),  # viewed half as often
    ("acme", "home.rug", 1680, 672, 336),
    ("bolt", "home.rug", 1680, 672, 336),
    ("stuck", "home.rug", 1680, 672, 168),  # half of its carts are abandoned
    ("game", "toys.game", 168, 168, 168),
]


def crowd(number: int, brand: str, category: str, *steps: int) -> Iterator[str]:
    """Visitors evenly distributed over 14 days and 24 hours."""
    for minute, (kind, count) in enumerate(zip(("view", "cart", "purchase"), steps, strict=True)):
        for visitor in range(count):
            time = f"2019-10-{1 + visitor % 14:02} {visitor * 5 % 24:02}:{10 * minute:02}:00 UTC"
            yield event(time, kind, 10_000 * number + visitor, 100 * number + visitor % 20, brand, category)


def event(time: str, kind: str, user: int, product: int, brand: str, category: str) -> str:
    of_product = {"product_id": str(product), "brand": brand, "category_code": category, "price": "10.00"}
    return line(event_time=time, event_type=kind, user_id=str(user), user_session=f"{user}", **of_product)


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    lines = [one for number, given in enumerate(CROWDS, 1) for one in crowd(number, *given)]
    for friday in ("2019-10-04", "2019-10-11"):
        for user in range(90_000, 90_042):
            lines += [
                event(f"{friday} 20:{minute}:00 UTC", kind, user, 800, "game", "toys.game")
                for minute, kind in ((10, "view"), (20, "cart"), (30, "purchase"))
            ]
    for user in range(91_000, 91_010):
        lines += [
            event(time, kind, user, 105, "acme", "home.lamp")
            for time, kind in (("2019-10-02 12:00:00", "cart"), ("2019-10-05 12:30:00", "purchase"))
        ]
    daily.deliver("a.csv", *lines)
    daily.job = DAILY
    assert daily.run() == 0, daily.output
    return daily


@pytest.mark.nightly
def test_the_tables_name_what_was_planted_and_nothing_else(shop: InProcess) -> None:
    classes = {row.brand: row.primary_class for row in shop.table("ecommerce.brand_gaps").collect()}
    assert classes == {
        "acme": "healthy",
        "bolt": "healthy",
        "corp": "healthy",
        "shy": "awareness_gap",
        "stuck": "checkout_gap",
        "game": "insufficient_data",
    }
    first = shop.table("ecommerce.brand_gaps").filter("rank = 1").collect()[0]
    assert (first.brand, first.actual, first.expected) == ("stuck", 168, 336)

    promoted = {
        (row.slot_kind, row.slot, row.category)
        for row in shop.table("ecommerce.top_categories").filter("is_promotion").collect()
    }
    assert promoted == {
        (kind, slot, name)
        for kind, slot in (("hour", 20), ("weekday", 5), ("hour_of_week", 116))
        for name in ("toys", "toys.game")
    }

    recovered = shop.table("ecommerce.abandoned_carts").filter("status = 'recovered'").collect()
    assert {(row.user_id, row.product_id, row.hours_to_close) for row in recovered} == {
        (user, 105, 72.5) for user in range(91_000, 91_010)
    }
    by_line = shop.table("ecommerce.cart_abandonment").filter("grain = 'line' AND recovered > 0").collect()
    assert [(str(row.day), row.recovered) for row in by_line] == [("2019-10-02", 10)]

    headlines = [
        "the most valuable cart to recover: product ",
        "to promote: toys.game on Fridays at 20 h, ",
        "most new visitors came on 2019-10-",
        "the most cart value was recovered from 2019-10-02: 10 carts bought late, for 100.00",
        "stuck has a checkout gap: 168 buyers missed, worth about 1,680.00",
        "shy needs marketing: it gets 0.57 times the views expected from its assortment",
    ]
    assert [shop.output.count(sentence) for sentence in headlines] == [1] * 6
    assert sorted(headlines, key=shop.output.index) == headlines
