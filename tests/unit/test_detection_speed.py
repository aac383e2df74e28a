"""Many attackers and long lists do not make a stream late. Bounds are several times what it takes here."""

import time
from ipaddress import ip_network

import pyarrow as pa

from jobs.runtime.streaming.pane_tables import listed_hashes
from transforms.detection.rules import Listed


def test_20_000_addresses_are_looked_up_in_100_networks_within_a_cpu_second() -> None:
    denied = [Listed(network=ip_network(f"10.0.{one}.0/24")) for one in range(100)]
    addresses = [f"192.{one >> 16}.{one >> 8 & 255}.{one & 255}" for one in range(20_000)]
    seen = pa.table({"key_hash": range(20_001), "key": [*addresses, "10.0.99.255"]})
    started = time.process_time()
    assert listed_hashes(seen, "ip", denied).tolist() == [20_000]
    assert time.process_time() - started < 1
