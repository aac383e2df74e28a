"""A sketch of many keys in arrays of a fixed size: which may be near a limit, and which were seen last."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUCKETS = 1 << 24


class KeySketch:
    """The keys of one kind by their hash, in 2^24 buckets. Several keys may share one.

    `events` is the number of events of a bucket: none of its keys has more. `seen` is the number of the part in which
    one of its keys was seen last.
    """

    def __init__(self) -> None:
        import numpy as np

        self.events: NDArray[np.int32] = np.zeros(_BUCKETS, np.int32)
        self.seen: NDArray[np.int32] = np.zeros(_BUCKETS, np.int32)

    def add(self, hashes: "NDArray[np.int64]", events: "NDArray[np.int32]", part: int) -> None:
        import numpy as np

        buckets = _buckets(hashes)
        np.add.at(self.events, buckets, events)
        self.seen[buckets] = part

    def remove(self, hashes: "NDArray[np.int64]", events: "NDArray[np.int32]") -> None:
        import numpy as np

        np.subtract.at(self.events, _buckets(hashes), events)

    def may_have(self, hashes: "NDArray[np.int64]", least: int) -> "NDArray[np.bool_]":
        """Which of the keys may have so many events."""
        return self.events[_buckets(hashes)] >= least

    def seen_since(self, hashes: "NDArray[np.int64]", part: int) -> "NDArray[np.bool_]":
        """Which of the keys may have been seen in this part or a later one."""
        return self.seen[_buckets(hashes)] >= part

    def keys_since(self, first: int, last: int) -> "NDArray[np.float64]":
        """About how many keys were seen in each part from `first` to `last` or a later one (linear counting)."""
        import numpy as np

        seen = self.seen[self.seen >= first]
        occupied = np.bincount(seen - first, minlength=last - first + 1)[::-1].cumsum()[::-1]
        keys: NDArray[np.float64] = -_BUCKETS * np.log1p(-np.minimum(occupied, _BUCKETS - 1) / _BUCKETS)
        return keys

    def forget_before(self, part: int) -> None:
        """Forget the keys that were last seen before this part."""
        is_old = self.seen < part
        self.events[is_old] = 0
        self.seen[is_old] = 0


def _buckets(hashes: "NDArray[np.int64]") -> "NDArray[np.int64]":
    return hashes & (_BUCKETS - 1)
