"""Many attackers and long lists do not make a stream late. Bounds are several times what it takes here."""

import time
from ipaddress import ip_network

import numpy as np
import pyarrow as pa

from jobs.runtime.streaming.arrow_panes import listed_hashes
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.events_to_panes import panes
from tests.detection import NOON
from transforms.detection.rules import Listed, RuleSet


def botnet(attackers: int, since: int, until: int) -> pa.Table:
    """Events of visitors with an address each, who send one every 2 seconds."""
    number = attackers * (until - since) // 2
    visitors = np.arange(number) % attackers
    columns = {
        "time": (NOON + since) * 1_000_000 + np.arange(number) * 2_000_000 // attackers,
        "event_type": ["view"] * number,
        "product_id": np.arange(number) % 997,
        "category_id": visitors % 50,
        "category_id_hash": visitors % 50,
        "user_id": visitors,
        "user_id_hash": visitors * 7,
        "user_session": visitors.astype(str),
        "user_session_hash": visitors * 11,
        "ip": [f"10.0.{visitor // 250}.{visitor % 250}" for visitor in visitors.tolist()],
        "ip_hash": visitors * 13,
    }
    return pa.table(columns)


def test_a_batch_of_2_seconds_of_600_attackers_costs_less_than_a_cpu_second() -> None:
    detector = BotDetector(RuleSet())
    detector.advance(panes(botnet(600, 0, 600), detector.rules))
    batch = panes(botnet(600, 600, 602), detector.rules)
    started = time.process_time()
    detector.advance(batch)
    assert time.process_time() - started < 1
    assert len(detector.all_incidents()) >= 3 * 600


def test_20_000_addresses_are_looked_up_in_100_networks_within_a_cpu_second() -> None:
    denied = [Listed(network=ip_network(f"10.0.{one}.0/24")) for one in range(100)]
    addresses = [f"192.{one >> 16}.{one >> 8 & 255}.{one & 255}" for one in range(20_000)]
    seen = pa.table({"key_hash": range(20_001), "key": [*addresses, "10.0.99.255"]})
    started = time.process_time()
    assert listed_hashes(seen, "ip", denied).tolist() == [20_000]
    assert time.process_time() - started < 1
