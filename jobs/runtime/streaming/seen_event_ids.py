"""The ids of recent events, by which an event that is delivered again is known."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Hashes = NDArray[np.int64]

# Hashes of so many seconds of event time are in one array.
_SPAN_S = 60
_MICROSECONDS = 1_000_000


class IdPart(NamedTuple):
    """The hashes of the ids that came first in a batch, none of them in an event later than `newest` (seconds)."""

    hashes: "Hashes"
    newest: int


class EventIds:
    """Hashes of the ids of all events since the watermark. An event before it is late, with whatever id.

    `parts` are the ids of each batch by its number, for the state of the stream.
    """

    def __init__(self, parts: Iterable[tuple[int, IdPart]] = ()) -> None:
        self.parts = dict[int, IdPart]()
        self._spans: dict[int, Hashes] = {}
        for batch, part in parts:
            self._add(batch, part)

    def without_duplicates(self, events: "pa.Table", batch: int) -> "pa.Table":
        """The events of a batch without those whose id has come before. An event without an id is none.

        `events` have `id_hash`, which is NULL without an id, and `time` in microseconds.
        """
        import numpy as np
        import pyarrow as pa

        has_id = events["id_hash"].is_valid().to_numpy()
        hashes = events["id_hash"].filter(pa.array(has_id)).to_numpy()
        if not len(hashes):
            return events
        is_new = np.zeros(len(hashes), bool)
        is_new[np.unique(hashes, return_index=True)[1]] = True  # the first of each in the batch
        for known in self._spans.values():
            places = np.searchsorted(known, hashes).clip(max=len(known) - 1)
            is_new &= known[places] != hashes
        newest = events["time"].filter(pa.array(has_id)).to_numpy().max() // _MICROSECONDS
        if is_new.any():
            self._add(batch, IdPart(hashes[is_new], int(newest)))
        is_kept = ~has_id
        is_kept[has_id] = is_new
        return events.filter(pa.array(is_kept))

    def forget_before(self, watermark: int) -> None:
        """Forget the ids of events before the watermark, in seconds since 1970, by whole spans."""
        first = watermark // _SPAN_S
        self.parts = {batch: part for batch, part in self.parts.items() if part.newest // _SPAN_S >= first}
        self._spans = {span: known for span, known in self._spans.items() if span >= first}

    def _add(self, batch: int, part: IdPart) -> None:
        import numpy as np

        self.parts[batch] = part
        span = part.newest // _SPAN_S
        known: list[Any] = [self._spans[span]] if span in self._spans else []
        self._spans[span] = np.sort(np.concatenate([*known, part.hashes]), kind="stable")
