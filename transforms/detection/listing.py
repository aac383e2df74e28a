"""A list of keys, such as a deny list, that many keys are looked up in."""

from collections.abc import Sequence

from transforms.detection.rules import Key, Listed, addresses_of


class Listing:
    """The entries of a list by value, and by network: an address is looked up once for each length of a prefix."""

    def __init__(self, entries: Sequence[Listed]) -> None:
        self._of_value = dict[str, list[Listed]]()
        self._of_network = dict[tuple[int, int], dict[int, list[Listed]]]()
        for entry in entries:
            if entry.network is None:
                self._of_value.setdefault(entry.value, []).append(entry)
            else:
                host_bits = entry.network.max_prefixlen - entry.network.prefixlen
                of_length = self._of_network.setdefault((entry.network.version, host_bits), {})
                of_length.setdefault(int(entry.network.network_address) >> host_bits, []).append(entry)

    def entries(self, key: Key) -> list[Listed]:
        """The entries that name the key, see `Listed.names`."""
        found = list(self._of_value.get(key.value, ()))
        if key.kind == "ip" and self._of_network:
            for address in addresses_of(key.value):
                for (version, host_bits), of_length in self._of_network.items():
                    if version == address.version:
                        found += of_length.get(int(address) >> host_bits, ())
        return found
