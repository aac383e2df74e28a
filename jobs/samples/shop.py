"""A simulated shop whose visitors view products, fill, abandon and empty carts, and buy, sometimes days later."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

VIEW, CART, REMOVE, PURCHASE = range(4)
TYPES = ("view", "cart", "remove_from_cart", "purchase")
DAY = 86_400

# code, brands that make it, median price, share of the products; None is a category without a code
CATEGORIES = (
    ("electronics.smartphone", ("samsung", "apple", "xiaomi", "huawei", "oppo"), 260, 0.22),
    ("electronics.audio.headphone", ("apple", "xiaomi", "jbl", "sony"), 60, 0.08),
    ("electronics.video.tv", ("samsung", "lg", "sony", "artel"), 330, 0.06),
    ("electronics.clocks", ("casio", "apple", "xiaomi", "orient"), 120, 0.05),
    ("computers.notebook", ("lenovo", "acer", "asus", "hp", "apple"), 520, 0.07),
    ("computers.desktop", ("pulser", "hp", "lenovo"), 400, 0.03),
    ("appliances.kitchen.washer", ("lg", "indesit", "samsung", "beko"), 290, 0.06),
    ("appliances.kitchen.refrigerators", ("lg", "indesit", "samsung", "atlant"), 380, 0.05),
    ("appliances.environment.vacuum", ("samsung", "philips", "dyson", "arnica"), 110, 0.05),
    ("furniture.living_room.sofa", (None, "brw"), 410, 0.04),
    ("furniture.bedroom.bed", (None, "brw", "sanata"), 280, 0.03),
    ("apparel.shoes", ("rooman", "respect", "crocs", None), 70, 0.08),
    ("auto.accessories.player", ("pioneer", "alpine", "kenwood"), 90, 0.03),
    ("kids.toys", ("lego", "hasbro", None), 30, 0.04),
    (None, (None, "bosch", "tefal", "sokolov"), 45, 0.11),
)
# Planted patterns that the tables should find.
UNDEREXPOSED_BRAND = "dyson"  # half of its views go to other products
CHECKOUT_GAP_BRAND = "huawei"  # two in three carts that would be bought are abandoned
SALE_CATEGORY = "kids.toys"  # on Fridays at 20 h UTC
SALE_WEEKDAY, SALE_HOUR = 4, 20
PRODUCTS = 20_000
VISITORS_PER_DAILY_EVENT = 0.6


@dataclass(frozen=True)
class Events:
    """Events of one day as columns: second of the day, type, product number, visitor number, session as 16 bytes."""

    second: Ints
    kind: Ints
    product: Ints
    visitor: Ints
    session: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.second)

    def take(self, chosen: NDArray[np.generic]) -> "Events":
        return Events(
            *(column[chosen] for column in (self.second, self.kind, self.product, self.visitor, self.session))
        )

    @staticmethod
    def join(parts: "list[Events]") -> "Events":
        return Events(
            *(
                np.concatenate(columns)
                for columns in zip(*((e.second, e.kind, e.product, e.visitor, e.session) for e in parts), strict=True)
            )
        )


class Shop:
    """The products, the visitors, and the events deferred to later days."""

    def __init__(self, random: np.random.Generator, hours: NDArray[np.float64]) -> None:
        self.random = random
        self.hours = hours
        self.later: dict[int, list[Events]] = defaultdict(list)
        shares = np.array([share for _, _, _, share in CATEGORIES])
        self.category = random.choice(len(CATEGORIES), PRODUCTS, p=shares / shares.sum())
        self.brand = self._brands()
        self.is_underexposed, self.has_checkout_gap = (
            np.array([brand == name for brand in self.brand]) for name in (UNDEREXPOSED_BRAND, CHECKOUT_GAP_BRAND)
        )
        self.on_sale = np.flatnonzero(self.category == [code for code, *_ in CATEGORIES].index(SALE_CATEGORY))
        medians = np.array([median for _, _, median, _ in CATEGORIES])[self.category]
        cents = np.round(medians * np.exp(random.normal(0, 0.5, PRODUCTS)) * 100).astype(np.int64)
        self.cents = np.where(random.random(PRODUCTS) < 0.002, 0, cents)  # real data has prices of 0
        self.visitors = 0

    def _brands(self) -> list[str | None]:
        """The brand of each product.

        Brands alternate by popularity within a category, so that none has all popular products.
        """
        count: dict[int, int] = defaultdict(int)
        brands = []
        for number in map(int, self.category):
            makers = CATEGORIES[number][1]
            index, is_reversed = count[number] % len(makers), count[number] // len(makers) % 2
            brands.append(makers[-1 - index if is_reversed else index])
            count[number] += 1
        return brands

    def day(self, number: int, quota: int, weekday: int) -> Events:
        """Exactly `quota` events of day `number`, ordered by time. Monday is weekday 0."""
        self.visitors = max(self.visitors, int(quota * VISITORS_PER_DAILY_EVENT * 5))
        events = Events.join([self._visits(number, quota, weekday), *self.later.pop(number, [])])
        missing = quota - len(events)
        while missing > 0:
            events = Events.join([events, self._visits(number, missing, weekday)])
            missing = quota - len(events)
        views, surplus = np.flatnonzero(events.kind == VIEW), len(events) - quota
        keep = np.ones(len(events), dtype=bool)
        # On a small day, the events deferred to it may exceed its quota.
        keep[self.random.choice(views if surplus <= len(views) else len(events), surplus, replace=False)] = False
        events = events.take(keep)
        return events.take(np.argsort(events.second, kind="stable"))

    def _visits(self, number: int, wanted: int, weekday: int) -> Events:
        """Sessions with about `wanted` events on this day. Deferred events are kept for their own day."""
        random = self.random
        sessions = max(1, wanted // 4)
        length = np.minimum(random.geometric(0.22, sessions), 60)
        total = int(length.sum())
        session_of = np.repeat(np.arange(sessions), length)
        begins = random.choice(24, sessions, p=self.hours) * 3600 + random.integers(0, 3600, sessions)
        gaps = random.exponential(55, total).astype(np.int64)
        elapsed = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(length) - length], length)
        visitor = (self.visitors * random.random(sessions) ** 1.6).astype(np.int64)[session_of]
        is_sale = (begins // 3600 == SALE_HOUR) & (weekday == SALE_WEEKDAY)
        favorite = np.where(is_sale, random.choice(self.on_sale, sessions), self._viewed_products(sessions))[session_of]
        is_favorite = random.random(total) < 0.45
        product = np.where(is_favorite, favorite, self._viewed_products(total))
        identity = np.frombuffer(random.bytes(16 * sessions), dtype="V16")[session_of]
        views = Events(begins[session_of] + elapsed, np.full(total, VIEW), product, visitor, identity)
        is_bargain = is_sale[session_of] & is_favorite
        is_carted = random.random(total) < np.where(is_bargain, 0.35, 0.055)
        return self._defer_later_events(number, [views, *self._carts(views.take(is_carted), is_bargain[is_carted])])

    def _viewed_products(self, count: int) -> Ints:
        """Draw viewed products by popularity; those of the underexposed brand are drawn half as often."""
        product, instead = ((PRODUCTS * self.random.random(count) ** 2).astype(np.int64) for _ in range(2))
        return np.where(self.is_underexposed[product] & (self.random.random(count) < 0.5), instead, product)

    def _carts(self, carted: Events, is_bargain: NDArray[np.bool_]) -> list[Events]:
        """The cart event after a view and its outcome: purchased, removed, purchased days later, or abandoned."""
        random = self.random
        added = Events(
            carted.second + random.integers(5, 90, len(carted)),
            np.full(len(carted), CART),
            carted.product,
            carted.visitor,
            carted.session,
        )
        outcome = random.random(len(added))

        def follow(chosen: NDArray[np.bool_], kind: int, least: int, most: int) -> Events:
            base = added.take(chosen)
            return Events(
                base.second + random.integers(least, most, len(base)),
                np.full(len(base), kind),
                base.product,
                base.visitor,
                base.session,
            )

        is_lost = self.has_checkout_gap[added.product] & (outcome < 0.34) & (random.random(len(added)) < 2 / 3)
        is_bought = ((outcome < 0.34) | (is_bargain & (outcome >= 0.54))) & ~is_lost
        bought, removed = (
            follow(is_bought, PURCHASE, 30, 1500),
            follow((outcome >= 0.34) & (outcome < 0.44), REMOVE, 10, 900),
        )
        delayed = follow((outcome >= 0.44) & (outcome < 0.54), PURCHASE, DAY, 6 * DAY)
        new_session = np.frombuffer(random.bytes(16 * len(delayed)), dtype="V16")
        return [
            added,
            bought,
            removed,
            Events(delayed.second, delayed.kind, delayed.product, delayed.visitor, new_session),
        ]

    def _defer_later_events(self, number: int, parts: list[Events]) -> Events:
        events = Events.join(parts)
        after = events.second // DAY
        for days in np.unique(after[after > 0]):
            moved = events.take(after == days)
            self.later[number + int(days)].append(
                Events(moved.second % DAY, moved.kind, moved.product, moved.visitor, moved.session)
            )
        return events.take(after == 0)
