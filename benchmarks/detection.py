"""What the built-in rules find: python -m benchmarks.detection [--rows 400000] [--seeds 3] [--rounds 4].

Replays two days of shop events, with and without attacks among those of the second day. Prints for each attack how many
were found and after how many seconds of event time; false alerts, by rules on clean events and on others than the
attackers; and the seconds that panes and rules take. DuckDB reads the events, so no Spark is needed.
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
from jobs.runtime.streaming.attack_injection import ATTACKS, AttackInjector, Label
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.events_to_panes import panes
from jobs.runtime.streaming.recorded_events import EventReader, RecordedEvent
from jobs.samples.shop_events import shop_events
from schemas.realtime.vocabulary import KEY_KINDS, PERSON_KEY
from transforms.detection.incidents import Incident
from transforms.detection.rules import RuleSet

DAYS, DAY_S, HOUR_S = 2, 86_400, 3_600
_KEYED = """
    SELECT epoch_us(strptime(left(event_time, 19), '%Y-%m-%d %H:%M:%S')) AS time, event_type,
        product_id::BIGINT AS product_id, {keys} FROM read_json('{path}', format = 'newline_delimited',
        columns = {{event_time: 'VARCHAR', event_type: 'VARCHAR', product_id: 'VARCHAR', {columns}}})
"""
_KEYS = ", ".join(f"{kind}, (hash('{kind}', {kind}) // 2)::BIGINT AS {kind}_hash" for kind in KEY_KINDS)
_COLUMNS = ", ".join(f"{kind}: '{'BIGINT' if kind == PERSON_KEY else 'VARCHAR'}'" for kind in KEY_KINDS)


def hours(events: Iterator[RecordedEvent], folder: Path) -> Iterator[Any]:
    """The keyed events of each hour."""
    for hour, of_hour in groupby(events, lambda event: int((event.at or 0) // HOUR_S)):
        path = folder / f"{hour}.json"
        path.write_text("".join(f"{event.text}\n" for event in of_hour))
        yield duckdb.sql(_KEYED.format(keys=_KEYS, path=path, columns=_COLUMNS)).to_arrow_table()
        path.unlink()


def replayed(recording: Path, names: Sequence[str], seed: int) -> tuple[list[Incident], list[Label], float, int]:
    """The incidents and labels of a replay, the seconds that the rules took, and the number of active keys."""
    injector = AttackInjector(names, after=DAY_S + 8 * HOUR_S, every=1_500, seed=seed)
    detector, seconds, keys = BotDetector(RuleSet()), 0.0, set[int]()
    with tempfile.TemporaryDirectory() as folder:
        for events in hours(injector.mix(EventReader(list_files(str(recording))[0]).read()), Path(folder)):
            started = time.process_time()
            summed = panes(events, detector.rules)
            detector.advance(summed)
            seconds += time.process_time() - started
            keys.update(code for of_kind in summed.values() for code in of_kind["key_hash"].to_pylist())
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
