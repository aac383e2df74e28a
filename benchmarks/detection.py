"""What the built-in rules find: python -m benchmarks.detection [--rows 400000] [--seeds 3] [--rounds 4].

Replays two days of shop events, with and without attacks among those of the second day. Prints for each attack how many
were found and after how many seconds of event time; false alerts, by rules on clean events and on others than the
attackers; and the seconds that the rules take. DuckDB sums the panes, so no Spark is needed.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from statistics import quantiles
from typing import Any

import duckdb

from jobs.runtime.storage.listing import list_files
from jobs.runtime.streaming.attacks import ATTACKS, AttackInjector, Label
from jobs.runtime.streaming.detector import Detector
from jobs.runtime.streaming.recorded_events import EventReader, RecordedEvent
from jobs.samples.shop_events import shop_events
from schemas.ecommerce.vocabulary import EVENT_TYPES
from transforms.detection.incidents import Incident
from transforms.detection.panes import MAX_TIMES
from transforms.detection.rules import PANE_S, RuleSet

DAYS, DAY_S, HOUR_S = 2, 86_400, 3_600
MAX_PRODUCTS = 100
_COUNTS = ", ".join(f"count(*) FILTER (event_type = '{name}')::INT AS {name}" for name in EVENT_TYPES)
_PANES = f"""
    WITH events AS (
        SELECT epoch_us(strptime(left(event_time, 19), '%Y-%m-%d %H:%M:%S')) AS time, event_type,
            product_id::BIGINT AS product, unnest([('user_id', user_id), ('user_session', user_session),
            ('category_id', category_id), ('all', '')]) AS place
        FROM read_json('{{path}}', format = 'newline_delimited', columns = {{{{event_time: 'VARCHAR',
            event_type: 'VARCHAR', product_id: 'VARCHAR', user_id: 'VARCHAR', user_session: 'VARCHAR',
            category_id: 'VARCHAR'}}}})
    ), keyed AS (
        SELECT place[1] AS kind, place[2] AS key, time // 1000000 // {PANE_S} * {PANE_S} AS pane, * FROM events
        WHERE place[2] IS NOT NULL
    )
    SELECT kind, key, pane, (hash(kind, key) // 2)::BIGINT AS key_hash, {_COUNTS},
        CASE WHEN kind = 'user_id' THEN list_sort(list(time))[1:{MAX_TIMES}] ELSE [] END AS times,
        CASE WHEN kind = 'user_id' THEN list_sort(list(DISTINCT product))[1:{MAX_PRODUCTS}] ELSE [] END AS products
    FROM keyed GROUP BY kind, key, pane
"""


def hours(events: Iterator[RecordedEvent], folder: Path) -> Iterator[Any]:
    """The panes of each hour of the events."""
    for hour, of_hour in groupby(events, lambda event: int((event.at or 0) // HOUR_S)):
        path = folder / f"{hour}.json"
        path.write_text("".join(f"{event.text}\n" for event in of_hour))
        yield duckdb.sql(_PANES.format(path=path)).to_arrow_table()
        path.unlink()


def replayed(recording: Path, names: Sequence[str], seed: int) -> tuple[list[Incident], list[Label], float, int]:
    """The incidents and labels of a replay, the seconds that the rules took, and the number of active keys."""
    injector = AttackInjector(names, after=DAY_S + 8 * HOUR_S, every=1_500, seed=seed)
    detector, seconds, keys = Detector(RuleSet()), 0.0, set[int]()
    with tempfile.TemporaryDirectory() as folder:
        for panes in hours(injector.mix(EventReader(list_files(str(recording))[0]).read()), Path(folder)):
            keys.update(panes["key_hash"].to_pylist())
            started = time.process_time()
            detector.advance(panes)
            seconds += time.process_time() - started
    return detector.all_incidents(), injector.labels, seconds, len(keys)


def found(label: Label, incidents: Sequence[Incident]) -> float | None:
    """The seconds from the first event of an attack to the alert of its rule; None if it was not found."""
    first, last = (datetime.fromisoformat(text).timestamp() for text in (label.first_at, label.last_at))
    raised = [
        one.raised_at
        for one in incidents
        if (one.rule, one.key.value) == (label.rule, label.key)
        and one.first_seen <= last + HOUR_S
        and one.last_seen >= first
    ]
    return max(0.0, min(raised) - first) if raised else None


def main(rows: int, seeds: int, rounds: int) -> None:
    waits: dict[str, list[float | None]] = {name: [] for name in ATTACKS}
    others = 0
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "events"
        shop_events(str(recording), rows, DAYS, date(2019, 10, 1), 1, dirt=False)
        incidents, _, seconds, keys = replayed(recording, [], 0)
        clean = len(incidents)
        for seed in range(1, seeds + 1):
            incidents, labels, _, _ = replayed(recording, list(ATTACKS) * rounds, seed)
            for label in labels:
                waits[label.attack].append(found(label, incidents))
            attackers = {label.key for label in labels}
            others += sum(one.key.kind == "user_id" and one.key.value not in attackers for one in incidents)
    print_results(waits)
    per_day = clean / DAYS / keys * 1_000
    print(
        f"clean replay of {rows:,} events: {clean} incidents, {per_day:.2f} in 24 h per 1,000 of {keys:,} active keys"
    )
    print(f"replays with attacks: {others} incidents of visitors who are no attackers")
    print(f"rules: {seconds / rows * 1e6:.1f} CPU seconds per million events")


def print_results(waits: Mapping[str, Sequence[float | None]]) -> None:
    for name, of_attack in waits.items():
        seconds = [wait for wait in of_attack if wait is not None]
        p95 = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else None
        after = f"after {sorted(seconds)[len(seconds) // 2]:.0f} s, p95 {p95:.0f} s" if p95 is not None else ""
        print(f"{name:<16}{len(seconds)} of {len(of_attack)} found {after}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"rows": 400_000, "seeds": 3, "rounds": 4}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    main(**vars(parser.parse_args()))
