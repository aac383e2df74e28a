"""Rules that tell bots and floods from shoppers: limits on what one key may do within a window."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import NamedTuple

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import ACTOR_KEYS, CATEGORY_KEY, RATE_ANOMALY

# Events are counted in panes of this many seconds; windows consist of panes.
PANE_S = 10
DAY_S = 86_400
# The usual share of a category is that of so many whole days before, with events in at least so many hours of them.
BASELINE_DAYS, BASELINE_HOURS = 28, 12
HOUR_S = 3600


class Key(NamedTuple):
    """Who or what is watched: a kind of key, which is a column of the events, and a value of it."""

    kind: str
    value: str


@dataclass(frozen=True)
class Listed:
    """Keys on a list: a `value` of any kind of key, or the addresses of a `network`; until `expires`."""

    value: str = ""
    network: IPv4Network | IPv6Network | None = None
    expires: datetime | None = None
    note: str = ""

    def covers(self, key: Key, at: int) -> bool:
        """Whether the key is on the list at an instant, in seconds since 1970."""
        return self.is_in_force(at) and self.names(key)

    def is_in_force(self, at: int) -> bool:
        return self.expires is None or at < self.expires.timestamp()

    def names(self, key: Key) -> bool:
        """Whether the key is on the list, at whatever instant."""
        if self.network is None:
            return key.value == self.value
        return key.kind == "ip" and any(address in self.network for address in addresses_of(key.value))


@dataclass(frozen=True)
class Rule:
    """A key breaches the rule in a window in which its value reaches `value_limit` and every condition holds.

    The value is the number of events whose type is in `where`; of distinct products with `min_distinct`, which is their
    limit; of gaps between events with `max_gap_variation`. Windows of `window_s` seconds end at multiples of `slide_s`.

    Conditions: no event of a type in `absent`; with `min_distinct`, at least `limit` events; a median gap below
    `max_median_gap_s` seconds; a coefficient of variation of the gaps below `max_gap_variation`; a share of all events
    in the window above `min_share_ratio` times the usual share of the key.

    With `is_estimated`, the value is estimated from the counts of two fixed windows, see `windows.estimated`. With
    `deny`, the rule is for these keys only.

    `ttl_s` is how long a first block lasts, and after how long without a breach an incident ends. `cooldown_s` is how
    long after an alert about a key there is no other. `weight` is the part of the rule in the bot score, from 0 to 1.
    """

    id: str
    keys: tuple[str, ...]
    window_s: int
    slide_s: int
    limit: int
    where: tuple[str, ...] = EVENT_TYPES
    absent: tuple[str, ...] = ()
    min_distinct: int = 0
    max_median_gap_s: float | None = None
    max_gap_variation: float | None = None
    min_share_ratio: float | None = None
    is_estimated: bool = False
    deny: tuple[Listed, ...] = ()
    action: str = "block"
    severity: str = "warning"
    ttl_s: int = 3600
    cooldown_s: int = 900
    weight: float = 0.0

    @property
    def value_limit(self) -> int:
        return self.min_distinct or self.limit

    @property
    def has_gaps(self) -> bool:
        return self.max_median_gap_s is not None or self.max_gap_variation is not None

    @property
    def is_immediate(self) -> bool:
        """Whether no later event can undo a breach, so that it counts as soon as the limit is reached."""
        return not (self.absent or self.has_gaps or self.min_share_ratio)

    @property
    def span_s(self) -> int:
        """The seconds before the end of a window whose panes its value depends on."""
        return 2 * self.window_s if self.is_estimated else self.window_s


BUILT_IN = (
    Rule("ip_rate", ("ip",), 300, 50, 100, weight=0.7),
    Rule("user_rate", ("user_id",), 60, 10, 60, weight=0.9),
    Rule("session_no_view", ("user_session",), 300, 50, 20, where=("cart", "purchase"), absent=("view",), weight=0.8),
    Rule("inhuman_gap", ("user_id",), 300, 50, 20, max_median_gap_s=0.5, weight=0.9),
    Rule("breadth", ("user_id",), 300, 50, 100, min_distinct=100, weight=0.7),
    Rule("cart_flood", ("user_id",), 600, 100, 30, where=("cart",), absent=("purchase",), weight=0.8),
    Rule("regular_cadence", ("user_id",), 300, 50, 50, max_gap_variation=0.1, weight=0.9),
    Rule("category_flood", (CATEGORY_KEY,), 300, 50, 1000, min_share_ratio=5.0, action="alert", severity="critical"),
)
# Unusual rates of an event type are alerted like the breaches of a rule: they end after 15 minutes without any.
ANOMALY_RULE = Rule(RATE_ANOMALY, ("event_type",), PANE_S, PANE_S, 1, action="alert", ttl_s=900)


DENY_LIST = "deny_list"


def deny_rule(deny: tuple[Listed, ...]) -> Rule:
    """The rule that keys on the deny list breach with their first event.

    Who is on it is known: a network of many addresses would raise an alert for each.
    """
    return Rule(DENY_LIST, ACTOR_KEYS, PANE_S, PANE_S, 1, deny=deny, severity="info", weight=1.0)


@dataclass(frozen=True)
class Unban:
    """A key that was unbanned at an instant, in seconds since 1970: its blocks end, and it is allowed for `ttl_s`."""

    value: str
    at: int
    note: str = ""


@dataclass(frozen=True)
class Silence:
    """Alerts that are not sent until `expires`: those of a `rule`, about `keys`, or of a rule about keys."""

    expires: int
    rule: str = ""
    keys: Listed | None = None
    note: str = ""

    def covers(self, rule: str, key: Key, at: int) -> bool:
        return at < self.expires and self.rule in ("", rule) and (self.keys is None or self.keys.names(key))


@dataclass(frozen=True)
class MassBlockGuard:
    """Too many new blocks within `window_s` seconds: more than `max_blocks`, or than `max_share` of the active keys.

    The share does not count below `min_blocks` new blocks: in a quiet shop, one bot is a large share. Blocks that were
    raised up to `released`, in seconds since 1970, do not count: an operator has switched back to enforce. Those that
    were only recorded stay so until another breach.
    """

    window_s: int = 300
    max_blocks: int = 50
    max_share: float = 0.1
    min_blocks: int = 5
    released: int = 0

    @property
    def enough_keys(self) -> int:
        """With so many active keys, no allowed number of blocks is more than `max_share` of them."""
        return ceil(self.max_blocks / self.max_share) if self.max_share else 1

    def trips(self, new_blocks: int, active_keys: int) -> bool:
        is_large_share = new_blocks >= self.min_blocks and new_blocks > self.max_share * active_keys
        return new_blocks > self.max_blocks or is_large_share


@dataclass(frozen=True)
class Period:
    """A time that says nothing about usual rates, such as a sale: from `start` up to `end`, naive, in UTC."""

    start: datetime
    end: datetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class RuleSet:
    """All rules. In mode `observe`, blocks are recorded only. Rates in `excluded` periods are not judged.

    Events that come later than `lateness_s` are not counted: a breach that later events can undo is certain after it.
    """

    rules: tuple[Rule, ...] = BUILT_IN
    mode: str = "observe"
    allow: tuple[Listed, ...] = ()
    mass_block_guard: MassBlockGuard = field(default_factory=MassBlockGuard)
    excluded: tuple[Period, ...] = ()
    unbanned: tuple[Unban, ...] = ()
    silences: tuple[Silence, ...] = ()
    lateness_s: int = 120
    rate_anomaly: Rule = ANOMALY_RULE

    def of_kind(self, kind: str) -> list[Rule]:
        return [rule for rule in self.rules if kind in rule.keys]

    def has(self, rule_id: str) -> bool:
        return any(rule.id == rule_id for rule in self.rules)

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in (*self.rules, self.rate_anomaly) if rule.id == rule_id)

    def most_products(self, kind: str) -> int:
        """How many products of a pane of this kind of key a rule has to know: with its limit of them it fires."""
        return max((max(rule.limit, rule.min_distinct) for rule in self.of_kind(kind) if rule.min_distinct), default=0)

    @property
    def longest_window_s(self) -> int:
        return max(rule.span_s for rule in self.rules)

    def allows(self, key: Key, rule: Rule, at: int) -> bool:
        """Whether the key is on the allow list, or was unbanned less than `ttl_s` ago."""
        is_unbanned = any(one.value == key.value and one.at <= at < one.at + rule.ttl_s for one in self.unbanned)
        return is_unbanned or any(listed.covers(key, at) for listed in self.allow)

    def unbanned_at(self, key: Key, after: int) -> int | None:
        """The first instant later than `after` at which the key was unbanned."""
        return min((one.at for one in self.unbanned if one.value == key.value and one.at > after), default=None)


@lru_cache(maxsize=100_000)
def addresses_of(text: str) -> tuple[IPv4Address | IPv6Address, ...]:
    """The address that a text is, and that of IPv4 which one of IPv6 stands for, ::ffff:198.51.100.7; () if none."""
    try:
        address = ip_address(text)
    except ValueError:  # not an address
        return ()
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (address,) if mapped is None else (address, mapped)
