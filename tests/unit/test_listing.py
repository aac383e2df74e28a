"""Keys are found in a list as entry by entry."""

import random
from ipaddress import ip_address, ip_network

import pytest

from transforms.detection.listing import Listing
from transforms.detection.rules import Key, Listed

NETWORKS = ("0.0.0.0/0", "198.51.100.0/24", "198.51.100.7/32", "198.51.0.0/17", "::/0", "2001:db8::/32")
ENTRIES = [*(Listed(network=ip_network(one)) for one in NETWORKS), Listed("198.51.100.7"), Listed("7"), Listed("7")]
TEXTS = ("198.51.100.7", "198.51.128.0", "::ffff:198.51.100.7", "2001:db8::1", "2001:db9::", "7", "8", "", "1.2.3.4/8")


@pytest.mark.parametrize("kind", ["ip", "user_id"])
def test_a_listing_finds_the_entries_that_name_a_key(kind: str) -> None:
    chance = random.Random(1)
    for text in (*TEXTS, *(str(ip_address(chance.randrange(2**32))) for _ in range(100))):
        key = Key(kind, text)
        chosen = chance.sample(ENTRIES, chance.randrange(len(ENTRIES) + 1))
        expected = [one for one in chosen if one.names(key)]
        assert sorted(map(repr, Listing(chosen).entries(key))) == sorted(map(repr, expected))
