"""Each rule alone, incidents, blocks and the guard, without Spark."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise
from typing import Any

import pytest

from jobs.runtime.streaming.backtest_report import limit
from jobs.runtime.streaming.bot_detector import BotDetector
from tests.detection import NOON, Event, at, every, summed
from tests.oracles.detection import expected_blocks, expected_incidents
from transforms.detection.block_list import Block
from transforms.detection.panes import EVERYTHING
from transforms.detection.rules import (
    BUILT_IN,
    DAY_S,
    Key,
    Listed,
    MassBlockGuard,
    Rule,
    RuleSet,
    Unban,
    deny_rule,
)
from transforms.detection.rules_file import read_rules
from transforms.detection.traffic import Traffic
from transforms.detection.window_values import estimated
from transforms.detection.windows import bot_band, bot_score

BUILT_IN_RULES = RuleSet()


def detected(events: Sequence[Event], rules: RuleSet = BUILT_IN_RULES) -> BotDetector:
    detector = BotDetector(rules)
    detector.advance(summed(events, rules))
    return detector


def fired(events: Sequence[Event], rules: RuleSet = BUILT_IN_RULES) -> list[tuple[str, Key]]:
    return [(one.rule, one.key) for one in detected(events, rules).all_incidents()]


def strangers(number: int, step: float, **columns: Any) -> list[Event]:
    """Events of as many visitors."""
    return [at(one * step, user_id=one, **columns) for one in range(number)]


# A hundred events so many seconds apart are in 12 hours.
HALF_DAY = 430


def category_flood(number: int, yesterday: int = 10, step: int = HALF_DAY) -> list[Event]:
    """A flood on category 7, which had so many of the hundred events of the day before, `step` seconds apart."""
    before = [at(-DAY_S + one * step, category_id=7 if one < yesterday else 8) for one in range(100)]
    return [*before, *(at(one / 4, category_id=7) for one in range(number))]


def no_view(number: int) -> list[Event]:
    types = ("cart", "purchase")
    return [at(one * 13, user_id=one, user_session="s", event_type=types[one % 2]) for one in range(number)]


# rule: the key that breaches it, and events of which so many reach the limit
LIMITS: dict[str, tuple[Key, int, Any]] = {
    "ip_rate": (Key("ip", "192.0.2.1"), 100, lambda number: strangers(number, 2.5, ip="192.0.2.1")),
    "user_rate": (Key("user_id", "1"), 60, lambda number: every(0.98, number, user_id=1)),
    "session_no_view": (Key("user_session", "s"), 20, no_view),
    "inhuman_gap": (Key("user_id", "1"), 20, lambda number: [at(one * 0.4, user_id=1) for one in range(number)]),
    "breadth": (
        Key("user_id", "1"),
        100,
        lambda number: [{**one, "product_id": place} for place, one in enumerate(every(2.9, number, user_id=1))],
    ),
    "cart_flood": (Key("user_id", "1"), 30, lambda number: every(19, number, user_id=1, event_type="cart")),
    "regular_cadence": (Key("user_id", "1"), 51, lambda number: [at(one * 5, user_id=1) for one in range(number)]),
    "category_flood": (Key("category_id", "7"), 1000, category_flood),
}


@pytest.mark.parametrize("rule", LIMITS)
def test_a_rule_fires_alone_at_its_limit_and_is_silent_just_below(rule: str) -> None:
    key, least, events = LIMITS[rule]
    assert fired(events(least)) == [(rule, key)]
    assert fired(events(least - 1)) == []


def test_there_is_a_case_for_every_rule() -> None:
    assert list(LIMITS) == [rule.id for rule in BUILT_IN]


# Events of the limit, of which a condition does not hold.
SILENT = {
    "a view in the session": [*no_view(20), at(100, user_session="s")],
    "a purchase of the visitor": [*LIMITS["cart_flood"][2](30), at(100, user_id=1, event_type="purchase")],
    "a median gap of half a second": [at(one / 2, user_id=1) for one in range(21)],
    "a shaky timer": [at(one * 5 + (one % 3), user_id=1) for one in range(51)],
    "all in one instant": [at(0, user_id=1) for _ in range(19)],
    "exactly five times the usual share": category_flood(1000, yesterday=20),
    "the first day of a shop": category_flood(1000)[100:],
    "the first day of categories": [*(at(one * HALF_DAY - DAY_S) for one in range(100)), *category_flood(1000)[100:]],
    "an event of the day before from a clock that is wrong": [at(-DAY_S, category_id=8), *category_flood(1000)[100:]],
    "the day before in 11 hours": category_flood(1000, step=390),
    "a window later": [
        *every(0.98, 30, user_id=1),
        *({**one, "time": one["time"] + 60} for one in every(1, 30, user_id=1)),
    ],
}


@pytest.mark.parametrize("case", SILENT)
def test_a_rule_is_silent_where_a_condition_does_not_hold(case: str) -> None:
    assert fired(SILENT[case]) == []


def viewed(events: int, products: int) -> list[Event]:
    return [{**one, "product_id": place % products} for place, one in enumerate(every(2, events, user_id=1))]


# rules of the file; events, and how many products they have; which rule fires, with its value
DISTINCT = {
    "more products": ({"breadth": {"min_distinct": 200}}, 120, 120, None),
    "few more products": ({"breadth": {"min_distinct": 110}}, 110, 110, ("breadth", 110)),
    "fewer products": ({"breadth": {"min_distinct": 30}}, 60, 60, ("breadth", 60)),
    "fewer products, just below": ({"breadth": {"min_distinct": 30}}, 60, 29, None),
    "a limit alone": ({"breadth": {"limit": 50}}, 60, 60, ("breadth", 60)),
    "a limit alone, too few products": ({"breadth": {"limit": 50}}, 60, 49, None),
    "events and products": ({"new": {"limit": 50, "min_distinct": 10}}, 90, 12, ("new", 12)),
    "events and products, too few events": ({"new": {"limit": 91, "min_distinct": 10}}, 90, 12, None),
    "events and products, too few products": ({"new": {"limit": 50, "min_distinct": 13}}, 90, 12, None),
}


@pytest.mark.parametrize("case", DISTINCT)
def test_min_distinct_is_how_many_products_and_limit_how_many_events(case: str) -> None:
    given, events, products, expected = DISTINCT[case]
    changes = {name: {"keys": ["user_id"], "window_s": 300, "weight": 0.7, **change} for name, change in given.items()}
    others = {rule.id: {"limit": 1_000, "weight": 0} for rule in BUILT_IN if rule.id not in given}
    detector = detected(viewed(events, products), read_rules(json.dumps({"rules": {**others, **changes}})))
    found = [(one.rule, one.max_value) for one in detector.all_incidents()]
    assert found == ([expected] if expected else [])
    assert {one.bot_score for one in detector.all_incidents()} <= {99 - round(98 * 0.7)}


def test_a_rule_in_words_tells_products_and_events() -> None:
    rules = read_rules('{"rules": {"new": {"keys": ["ip"], "window_s": 60, "limit": 50, "min_distinct": 10}}}')
    assert limit(rules.rule("breadth")) == "100 products in 300 s per user_id"
    assert limit(rules.rule("new")) == "10 products in 60 s per ip, at least 50 events"


def test_the_bot_score_joins_the_weights_of_the_rules() -> None:
    a, b = Rule("a", ("ip",), 60, 10, 10, weight=0.5), Rule("b", ("ip",), 60, 10, 20, weight=1.0)
    scores = [bot_score(reached) for reached in ({}, {a: 5}, {a: 10}, {a: 99, b: 10}, {b: 20})]
    assert scores == [99, 99 - round(98 * 0.25), 50, 99 - round(98 * 0.75), 1]


FLOOD = Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600, weight=1.0)


ENFORCED = RuleSet((FLOOD,), "enforce")


def flooded(*starts: int) -> list[Block]:
    """The blocks of a visitor who floods the shop at these seconds."""
    return detected([at(start, user_id=1) for start in starts for _ in range(5)], ENFORCED).blocks()[0]


def test_a_block_lasts_longer_with_each_offence_and_offences_are_forgotten() -> None:
    ttl, first = FLOOD.ttl_s, NOON + 10
    after, long_after = 60 + ttl, 60 + ttl + 4 * ttl + 10
    blocks = flooded(0, after, long_after)
    assert [(one.first_seen - first, one.expires_at - one.last_seen, one.offences) for one in blocks] == [
        (0, ttl, 1),
        (after, 2 * ttl, 2),
        (long_after, ttl, 1),
    ]
    many = flooded(*(place * after for place in range(14)))
    assert (many[-1].offences, many[-1].expires_at - many[-1].last_seen) == (14, 7 * DAY_S)


def test_breaches_with_a_short_break_are_one_incident() -> None:
    assert [(one.first_seen, one.last_seen) for one in flooded(0, 650)] == [(NOON + 10, NOON + 660)]


def test_what_is_allowed_is_recorded_and_not_blocked() -> None:
    rules = read_rules(
        '{"allow": [{"cidr": "192.0.2.0/28", "note": "our monitor"}, {"id": "1", "expires": "2019-10-01T12:00:30Z"}]}'
    )
    monitor, other = (strangers(100, 2.5, ip=ip) for ip in ("192.0.2.15", "192.0.2.16"))
    assert [one.action for one in detected(monitor, rules).all_incidents()] == ["allowed"]
    assert [one.action for one in detected(other, rules).all_incidents()] == ["block"]
    assert detected(monitor, rules).blocks() == ([], None)
    early, late = (every(0.2, 60, user_id=1), [{**one, "time": one["time"] + 60} for one in every(0.2, 60, user_id=1)])
    assert [detected(events, rules).all_incidents()[0].action for events in (early, late)] == ["allowed", "block"]


@pytest.mark.parametrize("address", ["198.51.100.7", "::ffff:198.51.100.7", "::FFFF:c633:6407"])
def test_a_network_covers_its_addresses_also_as_ipv6_writes_them(address: str) -> None:
    def covers(network: str) -> bool:
        return Listed(network=ip_network(network)).covers(Key("ip", address), NOON)

    assert covers("198.51.100.0/24")
    assert not covers("198.51.101.0/24")
    assert covers("::ffff:0:0/96") == address.startswith("::")
    rules = read_rules('{"deny": [{"cidr": "198.51.100.0/24"}]}')
    assert fired([at(0, ip=address)], rules) == [("deny_list", Key("ip", address))]


def test_a_key_that_leaves_or_joins_the_allow_list_has_another_incident() -> None:
    flood = every(0.2, 400, user_id=1)  # 80 seconds
    leaves = read_rules('{"allow": [{"id": "1", "expires": "2019-10-01T12:00:30Z"}]}')
    found = [one for one in detected(flood, leaves).all_incidents() if one.rule == "user_rate"]
    assert [(one.action, one.first_seen - NOON, one.last_seen - NOON) for one in found] == [
        ("allowed", 20, 20),
        ("block", 30, 80),
    ]
    unbanned = read_rules(
        '{"mode": "enforce", "rules": {"user_rate": {"ttl_s": 30}},'
        ' "unban": [{"id": "1", "at": "2019-10-01T12:00:40Z"}]}'
    )
    found = [one for one in detected(flood, unbanned).all_incidents() if one.rule == "user_rate"]
    assert [(one.action, one.first_seen - NOON) for one in found] == [("block", 20), ("allowed", 40), ("block", 70)]
    blocks = [one for one in detected(flood, unbanned).blocks()[0] if one.rule == "user_rate"]
    assert [(one.expires_at - NOON, one.offences, one.is_lifted) for one in blocks] == [
        (40, 1, True),
        (80 + 60, 2, False),
    ]


def test_a_denied_key_is_blocked_with_its_first_event_until_it_leaves_the_list() -> None:
    rules = read_rules(
        '{"mode": "enforce", "deny": [{"cidr": "192.0.2.0/28"}, {"id": "7", "expires": "2019-10-01T12:01:00Z"}],'
        ' "allow": [{"id": "192.0.2.3"}]}'
    )
    events = [
        *(at(place, ip=f"192.0.2.{place}", user_id=place) for place in (1, 3, 16)),
        *(at(seconds, user_id=7) for seconds in (5, 45, 65)),
    ]
    detector = detected(events, rules)
    assert [(one.key.value, one.action, one.bot_score) for one in detector.all_incidents()] == [
        ("192.0.2.1", "block", 1),
        ("192.0.2.3", "allowed", 1),
        ("7", "block", 1),
    ]
    assert [(one.key.value, one.last_seen - NOON, one.expires_at - NOON) for one in detector.blocks()[0]] == [
        ("192.0.2.1", 10, 10 + 7 * DAY_S),
        ("7", 50, 60),
    ]
    many = [at(0, ip=f"192.0.2.{place}") for place in range(16)]
    assert detected(many, replace(rules, allow=())).blocks()[1] is None  # an operator's decision trips no guard


def test_an_estimated_count_joins_two_fixed_windows() -> None:
    assert estimated(86, 12, 15, 60) == 76.5
    rule = Rule("flood", ("user_id",), 60, 10, 7, is_estimated=True)
    # 4 events in the minute before noon, and 5 in the 20 seconds after it: 4 x 2/3 + 5 = 7.67.
    events = [*(at(-60 + one, user_id=1) for one in range(4)), *(at(one * 4, user_id=1) for one in range(5))]
    found = detected(events, RuleSet((rule,))).all_incidents()
    assert [(one.first_seen - NOON, one.max_value, one.last_window_end - NOON) for one in found] == [(20, 7, 30)]
    assert detected(events[2:], RuleSet((rule,))).all_incidents() == []
    # Where a fixed window ends, the estimate is its count.
    full = [at(one * 8, user_id=1) for one in range(7)]
    assert [one.max_value for one in detected(full, RuleSet((rule,))).all_incidents()] == [7]


def test_panes_of_the_window_before_are_kept_for_an_estimate() -> None:
    flood = Rule("flood", ("user_id",), 120, 40, 4, is_estimated=True)
    rules = RuleSet((flood,), mass_block_guard=MassBlockGuard(window_s=10))
    parts = [[at(one * 5, user_id=1) for one in range(9)], [at(295, user_id=2)], [at(185, user_id=1)]]
    detector = BotDetector(rules)
    for part in parts:
        detector.advance(summed(part, rules))
    # 9 events in the window before, a third of which is left, and one in this.
    assert [one.last_window_end - NOON for one in detector.all_incidents()] == [200]


def test_what_a_bot_score_means() -> None:
    assert [bot_band(score) for score in (1, 2, 29, 30, 99)] == [
        "automated",
        *["likely_automated"] * 2,
        *["likely_human"] * 2,
    ]


def test_mass_blocks_switch_to_observe() -> None:
    flooders = [[at(place * 20 + one, user_id=place) for one in range(5)] for place in range(8)]
    bystanders = [at(one, user_id=1000 + one) for one in range(42)]
    events = [event for flooder in flooders for event in flooder]
    blocks, tripped_at = detected([*events, *bystanders], ENFORCED).blocks()
    # With the fifth flooder, 5 of 47 keys are a tenth.
    assert (tripped_at, [one.mode for one in blocks]) == (NOON + 90, ["enforce"] * 4 + ["observe"] * 4)
    many = replace(ENFORCED, mass_block_guard=MassBlockGuard(max_blocks=6, max_share=1.0))
    assert detected(events, many).blocks()[1] == NOON + 130
    released = replace(ENFORCED, mass_block_guard=MassBlockGuard(released=NOON + 100))
    blocks, tripped_at = detected(events, released).blocks()
    assert (tripped_at, {one.mode for one in blocks}) == (None, {"enforce"})


def test_the_guard_stays_tripped_when_the_blocks_that_tripped_it_are_forgotten() -> None:
    rules = RuleSet((replace(FLOOD, ttl_s=60, cooldown_s=0),), "enforce", mass_block_guard=MassBlockGuard(max_blocks=2))
    detector = detected([at(place, user_id=place // 5) for place in range(15)], rules)
    for start in (400, 1200):
        detector.advance(summed([at(start + one / 2, user_id=9) for one in range(5)], rules))
        detector.forget_ended()
    assert [one.key.value for one in detector.all_incidents()] == ["9"]
    blocks, tripped_at = detector.blocks()
    assert (tripped_at, [one.mode for one in blocks]) == (NOON + 20, ["observe"])
    released = replace(rules, mass_block_guard=MassBlockGuard(max_blocks=2, released=NOON + 1000))
    detector.rules = released
    assert [one.mode for one in detector.blocks()[0]] == ["enforce"]


def test_a_source_whose_clock_is_ahead_does_not_close_the_windows_of_others() -> None:
    detector = BotDetector(BUILT_IN_RULES)
    detector.advance(summed([at(0, user_id=1), at(290, user_id=2)], BUILT_IN_RULES), now=NOON + 5)
    assert detector.watermark == NOON + 10 - 120
    detector.advance(summed([at(10, user_id=1)], BUILT_IN_RULES), now=NOON + 300)
    assert detector.watermark == NOON + 300 - 120


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_of_events_nor_a_clock_that_jumps_changes_what_is_found(seed: int) -> None:
    events, chance = random_events(seed), random.Random(seed)
    whole = detected(events, RANDOM_RULES)
    detector = BotDetector(RANDOM_RULES)
    # Each event comes up to a minute late, while the clock of the machine jumps back an hour, or ahead.
    ordered = sorted(events, key=lambda event: float(event["time"]) + chance.uniform(0, 60))
    for event in ordered:
        now = event["time"] + chance.choice((-3600, 0, 0, 3600))
        detector.advance(summed([event], RANDOM_RULES), now=int(now))
    detector.advance(summed([at(5000, user_id=99)], RANDOM_RULES))
    whole.advance(summed([at(5000, user_id=99)], RANDOM_RULES))
    assert detector.all_incidents() == whole.all_incidents()
    assert detector.blocks() == whole.blocks()


def test_how_late_events_may_come_is_part_of_the_rules() -> None:
    rules = read_rules('{"lateness_s": 30}')
    detector = detected([at(0, user_id=1), at(290, user_id=2)], rules)
    assert (detector.watermark, detector.certain_until) == (NOON + 270, NOON + 300)
    slow = detected(LIMITS["regular_cadence"][2](51), rules).all_incidents()
    assert [one.raised_at - one.last_window_end for one in slow if one.rule == "regular_cadence"] == [30]


RANDOM_RULES = RuleSet(
    (
        Rule("rate", ("user_id", "ip"), 60, 10, 6, ttl_s=100, weight=0.5),
        Rule("carts", ("user_id",), 60, 20, 3, where=("cart",), absent=("purchase",), ttl_s=60, weight=0.7),
        Rule("breadth", ("ip",), 40, 10, 4, min_distinct=4, ttl_s=200, weight=0.4),
        Rule("gaps", ("user_id",), 100, 50, 4, max_median_gap_s=1.5, ttl_s=50, weight=0.9),
        Rule("cadence", ("user_id",), 60, 10, 3, max_gap_variation=0.4, action="alert", ttl_s=30, weight=0.2),
    ),
    "enforce",
    mass_block_guard=MassBlockGuard(window_s=100, max_blocks=7, max_share=0.5, min_blocks=3),
)


def random_events(seed: int) -> list[Event]:
    chance = random.Random(seed)
    types = ("view", "cart", "cart", "remove_from_cart") + ("purchase",) * (seed % 2)
    return sorted(
        (
            at(
                chance.choice((0, 300, 900)) + chance.randrange(1500) / 10,
                user_id=chance.randrange(6),
                ip=f"192.0.2.{chance.randrange(4)}",
                event_type=chance.choice(types),
                product_id=chance.randrange(8),
            )
            for _ in range(chance.randrange(20, 150))
        ),
        key=lambda event: event["time"],
    )


def seeds(count: int) -> list[Any]:
    """Seeds of random events, the first five of them in every run."""
    return [*range(5), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(5, count))]


@pytest.mark.parametrize("seed", seeds(40))
def test_incidents_and_blocks_equal_an_oracle_and_do_not_depend_on_how_events_are_divided(seed: int) -> None:
    events = random_events(seed)
    whole = detected(events, RANDOM_RULES)
    incidents = expected_incidents(events, RANDOM_RULES)
    assert [vars(one) for one in whole.all_incidents()] == incidents
    blocks, tripped_at = whole.blocks()
    assert ([vars(one) for one in blocks], tripped_at) == expected_blocks(incidents, events, RANDOM_RULES)
    in_parts, chance = BotDetector(RANDOM_RULES), random.Random(seed)
    while events:
        size = chance.randrange(1, 40)
        in_parts.advance(summed(events[:size], RANDOM_RULES))
        events = events[size:]
    assert in_parts.all_incidents() == whole.all_incidents()
    assert in_parts.blocks() == whole.blocks()


@pytest.mark.parametrize("seed", seeds(20))
def test_lists_and_estimates_do_not_depend_on_how_events_are_divided(seed: int) -> None:
    estimated_rate = Rule("estimated", ("user_id",), 120, 40, 6, is_estimated=True, ttl_s=40)
    denied = deny_rule((Listed("192.0.2.3", expires=datetime.fromtimestamp(NOON + 400, UTC)),))
    rules = replace(
        RANDOM_RULES,
        rules=(*RANDOM_RULES.rules, estimated_rate, denied),
        allow=(Listed("2", expires=datetime.fromtimestamp(NOON + 100, UTC)),),
        unbanned=(Unban("192.0.2.1", NOON + 60), Unban("4", NOON + 330)),
    )
    events, chance, in_parts = random_events(seed), random.Random(seed), BotDetector(rules)
    whole = detected(events, rules)
    while events:
        size = chance.randrange(1, 40)
        in_parts.advance(summed(events[:size], rules))
        events = events[size:]
    assert in_parts.all_incidents() == whole.all_incidents()
    assert in_parts.blocks() == whole.blocks()
    places = [(one.rule, one.key, one.first_seen) for one in whole.all_incidents()]
    assert len(set(places)) == len(places)
    assert all(one.expires_at > one.last_seen >= one.first_seen for one in whole.blocks()[0])


@pytest.mark.parametrize("seed", seeds(20))
def test_incidents_and_blocks_do_not_depend_on_how_often_windows_are_closed(seed: int) -> None:
    events, chance, in_parts = random_events(seed), random.Random(seed), BotDetector(RANDOM_RULES)
    ends = sorted(chance.sample(range(10, 1100, 10), 8))
    for since, until in pairwise((0, *ends, 1100)):
        if part := [one for one in events if since <= one["time"] - NOON < until]:
            in_parts.advance(summed(part, RANDOM_RULES))
            in_parts.close()
    whole = detected(events, RANDOM_RULES)
    assert in_parts.all_incidents() == whole.all_incidents()
    assert in_parts.blocks() == whole.blocks()


# Ways in which the events of one visitor are more in a pane than a pane keeps.
DENSE = {
    "evenly spaced": [at(one / 10, user_id=1, product_id=one % 150) for one in range(1200)],
    "in bursts": [at(one // 100 * 5 + (one % 100) / 300, user_id=1, product_id=one) for one in range(1000)],
    "shaky": [at(one / 10 + (one % 7) / 80, user_id=1) for one in range(1200)],
}


@pytest.mark.parametrize("case", DENSE)
@pytest.mark.parametrize("size", [20, 77])
def test_what_a_pane_leaves_out_does_not_depend_on_how_events_are_divided(case: str, size: int) -> None:
    events, in_parts = DENSE[case], BotDetector(BUILT_IN_RULES)
    whole = detected(events)
    shuffled = random.Random(size).sample(events, len(events))
    for first in range(0, len(events), size):
        in_parts.advance(summed(shuffled[first : first + size], BUILT_IN_RULES), now=NOON)
    assert in_parts.store.end == whole.store.end
    whole.advance(summed([at(5000, user_id=2)], BUILT_IN_RULES))
    in_parts.advance(summed([at(5000, user_id=2)], BUILT_IN_RULES))
    assert in_parts.all_incidents() == whole.all_incidents()


def test_a_regular_visitor_with_more_events_than_a_pane_keeps_is_regular() -> None:
    rules = {"breadth", "inhuman_gap", "regular_cadence", "user_rate"}
    found = {one.rule: one.max_value for one in detected(DENSE["evenly spaced"]).all_incidents()}
    assert found == {"breadth": 150, "inhuman_gap": 1200, "regular_cadence": 1199, "user_rate": 600}
    assert rules - {one.rule for one in detected(DENSE["shaky"]).all_incidents()} == {"breadth", "regular_cadence"}


def test_many_products_in_one_pane_reach_a_limit_above_the_fewest_products() -> None:
    rules = read_rules('{"rules": {"breadth": {"limit": 250, "min_distinct": 100}}}')
    events = [at(one / 50, user_id=1, product_id=one) for one in range(250)]
    assert "breadth" in {rule for rule, _ in fired(events, rules)}
    assert "breadth" not in {rule for rule, _ in fired(events[1:], rules)}


def share_events(before: int, now: int, *, uncategorised: int) -> list[Event]:
    """Category 7 has so many of 100 events of the day before and `now` of 4,000 of this; so many of 100 have none."""

    def day(place: int, of_flood: int) -> dict[str, int]:
        return (
            {"category_id": 7} if place < of_flood else {} if place < of_flood + uncategorised else {"category_id": 8}
        )

    yesterday = [at(one * 37 % 100 * HALF_DAY - DAY_S, **day(one, before)) for one in range(100)]
    return [*yesterday, *(at(one / 16, **day(one % 100, now)) for one in range(4000))]


def test_the_usual_share_and_the_current_one_are_of_all_events() -> None:
    flood = [("category_flood", Key("category_id", "7"))]
    assert fired(share_events(5, 30, uncategorised=50)) == flood
    assert fired(share_events(5, 25, uncategorised=50)) == []
    assert fired(share_events(5, 30, uncategorised=0)) == flood
    assert fired(share_events(5, 25, uncategorised=0)) == []


def test_a_batch_of_40_days_has_the_usual_share_of_each() -> None:
    days = [at(day * DAY_S + one * 860, category_id=7 if one < 2 else 8) for day in range(40) for one in range(50)]
    flood = [at(5 * DAY_S + 3600 + one / 4, category_id=7) for one in range(1000)]
    assert fired([*days, *flood]) == [("category_flood", Key("category_id", "7"))]


def test_a_stream_of_ever_new_categories_does_not_grow_its_state() -> None:
    detector, evicted = BotDetector(BUILT_IN_RULES), list[int]()
    usual = [at(-DAY_S + one * 105, category_id=one % 4) for one in range(400)]
    for hour in range(6):
        random_ids = [at(hour * 3600 + one, category_id=10**6 * (hour + 1) + one) for one in range(3000)]
        detector.advance(summed([*usual, *random_ids] if hour == 0 else random_ids, BUILT_IN_RULES))
        evicted.append(detector.evict(1000))
        categories = {category for counts in detector.daily.values() for category in counts} - {EVERYTHING.value}
        assert len(categories) <= 1000
        assert categories >= {"0", "1", "2", "3"}
        assert detector.daily[NOON // DAY_S][EVERYTHING.value] == 3000 * (hour + 1)
    assert evicted[0] == 3004 - 900
    assert sum(evicted) == 6 * 3000 + 4 - len(categories)
    # Those that are left have the share that they had.
    traffic = Traffic({}, detector.daily, detector.hours)
    assert traffic.usual_share(Key("category_id", "1"), NOON) == 0.25
    assert detector.evict(1000) == 0


@pytest.mark.parametrize("max_keys", [1000, 10**6])
def test_a_rule_does_not_judge_a_window_whose_events_may_have_been_evicted(max_keys: int) -> None:
    detector = BotDetector(BUILT_IN_RULES)
    others = [[at(70 + 10 * batch, user_session=f"{batch} {one}") for one in range(900)] for batch in range(4)]
    carts = [at(120 + one * 5, user_session="s", event_type="cart") for one in range(20)]
    for events in ([at(60, user_session="s")], *others, [*carts, at(280, user_session="s")], [at(900, user_id=7)]):
        detector.advance(summed(events, BUILT_IN_RULES))
        assert detector.evict(max_keys) == 0 or max_keys == 1000
    assert detector.all_incidents() == []
    detector.advance(summed([{**one, "time": one["time"] + 1000} for one in carts], BUILT_IN_RULES))
    assert [one.rule for one in detector.all_incidents()] == ["session_no_view"]


def test_categories_up_to_the_bound_stay() -> None:
    events = [at(-DAY_S * day + one, category_id=one % 1000) for day in range(3) for one in range(1500)]
    detector = detected(events)
    before = {day: dict(counts) for day, counts in detector.daily.items()}
    assert detector.evict(1000) == 0
    assert detector.daily == before
