"""A made-up shop whose visitors browse, fill carts, leave them, empty them and buy, some of them days later."""

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
PRODUCTS = 20_000
VISITORS_PER_DAILY_EVENT = 0.6


@dataclass(frozen=True)
class Events:
    """Events of one day, column by column: second of the day, type, product and visitor by number, session as 16 bytes."""

    second: Ints
    kind: Ints
    product: Ints
    visitor: Ints
    session: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.second)

    def take(self, chosen: NDArray[np.generic]) -> "Events":
        return Events(*(column[chosen] for column in (self.second, self.kind, self.product, self.visitor, self.session)))

    @staticmethod
    def join(parts: "list[Events]") -> "Events":
        return Events(*(np.concatenate(columns) for columns in zip(*((e.second, e.kind, e.product, e.visitor, e.session) for e in parts), strict=True)))


class Shop:
    """Products, visitors, and what was put off to a later day."""

    def __init__(self, random: np.random.Generator, hours: NDArray[np.float64]) -> None:
        self.random = random
        self.hours = hours
        self.later: dict[int, list[Events]] = defaultdict(list)
        shares = np.array([share for _, _, _, share in CATEGORIES])
        self.category = random.choice(len(CATEGORIES), PRODUCTS, p=shares / shares.sum())
        brands = [random.integers(len(CATEGORIES[number][1])) for number in self.category]
        self.brand = [CATEGORIES[number][1][brand] for number, brand in zip(self.category, brands, strict=True)]
        medians = np.array([median for _, _, median, _ in CATEGORIES])[self.category]
        cents = np.round(medians * np.exp(random.normal(0, 0.5, PRODUCTS)) * 100).astype(np.int64)
        self.cents = np.where(random.random(PRODUCTS) < 0.002, 0, cents)  # the real set has prices of 0
        self.visitors = 0

    def day(self, number: int, quota: int) -> Events:
        """The events of day `number`, exactly `quota` of them, in order of time."""
        self.visitors = max(self.visitors, int(quota * VISITORS_PER_DAILY_EVENT * 5))
        events = Events.join([self._visits(number, quota), *self.later.pop(number, [])])
        missing = quota - len(events)
        while missing > 0:
            events = Events.join([events, self._visits(number, missing)])
            missing = quota - len(events)
        views = np.flatnonzero(events.kind == VIEW)
        keep = np.ones(len(events), dtype=bool)
        keep[self.random.choice(views, len(events) - quota, replace=False)] = False
        events = events.take(keep)
        return events.take(np.argsort(events.second, kind="stable"))

    def _visits(self, number: int, wanted: int) -> Events:
        """Sessions with about `wanted` events of this day; what they put off is kept for its day."""
        random = self.random
        sessions = max(1, wanted // 4)
        length = np.minimum(random.geometric(0.22, sessions), 60)
        total = int(length.sum())
        of = np.repeat(np.arange(sessions), length)
        begins = random.choice(24, sessions, p=self.hours) * 3600 + random.integers(0, 3600, sessions)
        gaps = random.exponential(55, total).astype(np.int64)
        elapsed = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(length) - length], length)
        visitor = (self.visitors * random.random(sessions) ** 1.6).astype(np.int64)[of]
        liked = (PRODUCTS * random.random(sessions) ** 3).astype(np.int64)[of]
        other = (PRODUCTS * random.random(total) ** 3).astype(np.int64)
        product = np.where(random.random(total) < 0.45, liked, other)
        identity = np.frombuffer(random.bytes(16 * sessions), dtype="V16")[of]
        views = Events(begins[of] + elapsed, np.full(total, VIEW), product, visitor, identity)
        carted = views.take(random.random(total) < 0.055)
        return self._sorted_into_days(number, [views, *self._carts(carted)])

    def _carts(self, carted: Events) -> list[Events]:
        """A cart line after its view, and what became of it: bought, removed, bought days later, or left."""
        random = self.random
        added = Events(carted.second + random.integers(5, 90, len(carted)), np.full(len(carted), CART), carted.product, carted.visitor, carted.session)
        fate = random.random(len(added))

        def follow(chosen: NDArray[np.bool_], kind: int, least: int, most: int) -> Events:
            base = added.take(chosen)
            return Events(base.second + random.integers(least, most, len(base)), np.full(len(base), kind), base.product, base.visitor, base.session)

        bought, removed = follow(fate < 0.34, PURCHASE, 30, 1500), follow((fate >= 0.34) & (fate < 0.44), REMOVE, 10, 900)
        delayed = follow((fate >= 0.44) & (fate < 0.54), PURCHASE, DAY, 6 * DAY)
        new_session = np.frombuffer(random.bytes(16 * len(delayed)), dtype="V16")
        return [added, bought, removed, Events(delayed.second, delayed.kind, delayed.product, delayed.visitor, new_session)]

    def _sorted_into_days(self, number: int, parts: list[Events]) -> Events:
        events = Events.join(parts)
        after = events.second // DAY
        for days in np.unique(after[after > 0]):
            moved = events.take(after == days)
            self.later[number + int(days)].append(Events(moved.second % DAY, moved.kind, moved.product, moved.visitor, moved.session))
        return events.take(after == 0)
