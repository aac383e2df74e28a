"""An event that is delivered again is known by its id, until it would be late."""

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from jobs.runtime.streaming.seen_event_ids import EventIds, IdPart


def ids_of(events: Sequence[tuple[int | None, int]]) -> pa.Table:
    """Events with an id or None, and a time in seconds."""
    ids, times = zip(*events, strict=True)
    return pa.table({"id_hash": pa.array(ids, pa.int64()), "time": pa.array([one * 1_000_000 for one in times])})


def kept(events: pa.Table) -> list[int | None]:
    return list(events["id_hash"].to_pylist())


def test_an_event_counts_once_in_a_batch_and_in_later_ones() -> None:
    ids = EventIds()
    assert kept(ids.without_duplicates(ids_of([(7, 100), (None, 100), (7, 100), (8, 100), (None, 100)]), 0)) == [
        7,
        None,
        8,
        None,
    ]
    assert kept(ids.without_duplicates(ids_of([(8, 100), (9, 160), (7, 100)]), 1)) == [9]
    assert kept(ids.without_duplicates(ids_of([(None, 170)]), 2)) == [None]
    ids.forget_before(170)
    assert list(ids.parts) == [1]
    assert kept(ids.without_duplicates(ids_of([(9, 160), (7, 170)]), 3)) == [7]


def test_ids_go_on_from_their_parts() -> None:
    ids = EventIds()
    ids.without_duplicates(ids_of([(7, 100), (8, 130)]), 4)
    restored = EventIds((number, IdPart(np.array(part.hashes), part.newest)) for number, part in ids.parts.items())
    assert kept(restored.without_duplicates(ids_of([(8, 130), (9, 130)]), 5)) == [9]


def divided(events: Sequence[tuple[int | None, int]], chance: random.Random) -> list[int | None]:
    ids, found, number = EventIds(), list[int | None](), 0
    while events:
        size = chance.randrange(1, 30)
        found += kept(ids.without_duplicates(ids_of(events[:size]), number))
        events, number = events[size:], number + 1
    return found


def test_which_events_count_does_not_depend_on_how_they_are_divided() -> None:
    chance = random.Random(1)
    events = [(chance.choice([None, *range(-40, 40)]), chance.randrange(600)) for _ in range(500)]
    expected = list(dict.fromkeys(one for one, _ in events if one is not None))
    for seed in range(20):
        found = divided(events, random.Random(seed))
        assert [one for one in found if one is not None] == expected
        assert found.count(None) == [one for one, _ in events].count(None)
