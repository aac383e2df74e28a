"""Attacks to mix into a replay, each with a label: who attacked, when, and which rule should find it."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.streaming.recorded_events import ID, TIME, RecordedEvent

# Attackers have ids that no shop has given out.
FIRST_ATTACKER = 9_000_000_000
# So many recent events are models for the events of an attack.
_MODELS = 2_000
# (seconds after the start of the attack, fields that differ from the model)
_Shape = Callable[[random.Random, int, Sequence[Mapping[str, Any]]], Iterator[tuple[float, dict[str, Any]]]]


@dataclass(frozen=True)
class Label:
    """One attack in a replay, with the key that attacks or is attacked. Instants are ISO 8601, UTC."""

    attack: str
    rule: str
    key_kind: str
    key: str
    first_at: str
    last_at: str
    events: int


def _irregular(chance: random.Random, number: int, per_second: float) -> Iterator[float]:
    """So many instants at this rate, with gaps that no timer makes."""
    at = 0.0
    for _ in range(number):
        yield at
        at += chance.expovariate(per_second)


def _rate_flood(chance: random.Random, attacker: int, _: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, Any]]:
    yield from ((at, {"user_id": attacker}) for at in _irregular(chance, 1_200, 10))


def _slow_bot(chance: random.Random, attacker: int, _: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, Any]]:
    yield from ((at, {"user_id": attacker, "event_type": "view"}) for at in _irregular(chance, 600, 2))


def _cadence_bot(_: random.Random, attacker: int, __: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, Any]]:
    yield from ((one * 4.0, {"user_id": attacker, "event_type": "view"}) for one in range(100))


def _category_flood(
    chance: random.Random, attacker: int, models: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[float, Any]]:
    """Many visitors of one category, the rarest of late. Raises BadInput if no event has a category."""
    by_category: dict[Any, list[Mapping[str, Any]]] = {}
    for model in models:
        by_category.setdefault(model.get("category_id"), []).append(model)
    by_category = {category: of_category for category, of_category in by_category.items() if category}
    if not by_category:
        raise BadInput("--attacks category_flood: no event so far has a category_id; leave it out, or start it later")
    rarest = min(by_category, key=lambda category: len(by_category[category]))
    product = {
        name: by_category[rarest][0].get(name) for name in ("product_id", "category_id", "category_code", "brand")
    }
    for at in _irregular(chance, 3_000, 12):
        yield at, {**product, "user_id": attacker + chance.randrange(900), "event_type": "view"}


def _cart_flood(chance: random.Random, attacker: int, _: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, Any]]:
    yield from ((at, {"user_id": attacker, "event_type": "cart"}) for at in _irregular(chance, 80, 0.2))


def _scraper(chance: random.Random, attacker: int, _: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, Any]]:
    """A visitor who views one product after the other."""
    first = chance.randrange(1, 10**6)
    for place, at in enumerate(_irregular(chance, 300, 0.6)):
        yield at, {"user_id": attacker, "event_type": "view", "product_id": first + place}


# name: the rule that should find it, the kind of its key, and its events
ATTACKS: Mapping[str, tuple[str, str, _Shape]] = {
    "rate_flood": ("user_rate", "user_id", _rate_flood),
    "slow_bot": ("user_rate", "user_id", _slow_bot),
    "cadence_bot": ("regular_cadence", "user_id", _cadence_bot),
    "category_flood": ("category_flood", "category_id", _category_flood),
    "cart_flood": ("cart_flood", "user_id", _cart_flood),
    "scraper": ("breadth", "user_id", _scraper),
}


class AttackInjector:
    """Mixes attacks into events: the first `after` seconds after the first event, the next `every` seconds later."""

    def __init__(self, names: Sequence[str], *, after: int, every: int, seed: int) -> None:
        self.names, self.after, self.every, self.seed = list(names), after, every, seed
        self.labels = list[Label]()

    def mix(self, events: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
        """The events, and those of the attacks among them by time. Appends to `labels` when an attack starts."""
        models, waiting, first_at = deque[RecordedEvent](maxlen=_MODELS), deque[RecordedEvent](), None
        for event in events:
            if event.at is not None:
                first_at = event.at if first_at is None else first_at
                started = len(self.labels)
                if started < len(self.names) and models and event.at >= first_at + self.after + started * self.every:
                    more = self._attack(self.names[started], first_at + self.after + started * self.every, models)
                    waiting = deque(sorted((*waiting, *more), key=lambda one: one.at or 0.0))
                while waiting and (waiting[0].at or 0.0) <= event.at:
                    yield waiting.popleft()
                models.append(event)
            yield event
        yield from waiting

    def _attack(self, name: str, start: float, models: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        rule, key_kind, shape = ATTACKS[name]
        chance = random.Random(f"{self.seed} {len(self.labels)}")  # noqa: S311
        attacker = FIRST_ATTACKER + 1_000 * len(self.labels)
        is_text = isinstance(models[-1].fields.get("user_id"), str)
        sessions = dict[Any, str]()
        events = list[RecordedEvent]()
        for after, differing in shape(chance, attacker, [model.fields for model in models]):
            model = {name: value for name, value in chance.choice(models).fields.items() if name != ID}
            session = sessions.setdefault(differing["user_id"], f"{chance.getrandbits(128):032x}")
            values = {name: str(value) if is_text and value is not None else value for name, value in differing.items()}
            at = f"{datetime.fromtimestamp(int(start + after), UTC):%Y-%m-%d %H:%M:%S} UTC"
            events.append(RecordedEvent.of({**model, **values, "user_session": session, TIME: at}))
        key = str(events[0].fields[key_kind])
        first_at, last_at = (_iso(events[place].at) for place in (0, -1))
        self.labels.append(Label(name, rule, key_kind, key, first_at, last_at, len(events)))
        return events

    @property
    def label_rows(self) -> list[dict[str, Any]]:
        return [asdict(label) for label in self.labels]


def _iso(at: float | None) -> str:
    return datetime.fromtimestamp(at or 0.0, UTC).isoformat()
