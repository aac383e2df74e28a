"""Send recorded events to a stream as they once came: at their own pace, faster, or at a fixed rate."""

import hashlib
import heapq
import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import list_files
from jobs.runtime.streaming.attack_injection import AttackInjector
from jobs.runtime.streaming.recorded_events import EventReader, RecordedEvent
from jobs.runtime.streaming.replay_destinations import Destination, HotKeys, Record, StreamDestination, destination
from jobs.runtime.wording import count

# Events that are due are sent together, after this time at the latest, or when there are so many.
_FLUSH_S, _FLUSH_RECORDS = 1.0, 10_000
_CHECKPOINT = ".replay.json"


def replay_events(
    input: str,  # noqa: A002
    output: str,
    speed: float,
    rate: float | None,
    jitter: float,
    seed: int,
    partition_key: str,
    attacks: list[str],
    attack_after: int,
    attack_every: int,
    labels: str | None,
    checkpoint: str | None,
) -> str:
    """Replay events to a folder or stream; a replay that was interrupted goes on where it was.

    An event without an `event_id` gets one that is the same each time it is sent: a stream counts it once.

    Raises BadArgument, BadInput if the events cannot be read or the checkpoint is of another replay, BadLake if the
    output does not take them.
    """
    _require_labels(attacks, labels, output)
    reader, target = EventReader(list_files(input)[0]), destination(output)
    injector = AttackInjector(attacks, after=attack_after, every=attack_every, seed=seed)
    of_replay = {
        "files": [[file.path, file.bytes, file.version] for file in reader.files],
        "options": [speed, rate, jitter, seed, attacks, attack_after, attack_every],
    }
    place = checkpoint or (f"{output}/{_CHECKPOINT}" if not isinstance(target, StreamDestination) else None)
    sender = Sender(target, reader, place, of_replay, partition_key, sent=_sent_before(place, of_replay, target))
    resumed = f" ({sender.sent:,} of them before it was interrupted)" if sender.sent else ""
    sender.send(_with_jitter(_scheduled(injector.mix(reader.read()), speed, rate), jitter, seed))
    if labels:
        object_store.write_text(labels, "".join(f"{json.dumps(row)}\n" for row in injector.label_rows))
    retried = f", {count(target.retried, 'record')} sent again" if isinstance(target, StreamDestination) else ""
    notes = "".join(f"\nwarning: {warning}" for warning in (*sender.warnings, *_not_begun(injector)))
    return (
        f"{count(sender.sent, 'event')} in {output}{resumed}{retried}; {count(len(injector.labels), 'attack')}{notes}"
    )


def _require_labels(attacks: list[str], labels: str | None, output: str) -> None:
    """Raises BadArgument where attacks have no file of labels outside of the stream, or labels no attacks."""
    if attacks and (labels is None or labels.startswith(f"{output}/")):
        raise BadArgument("--attacks needs --labels, a file that is not in the output")
    if labels and not attacks:
        raise BadArgument("--labels needs --attacks: these are what it labels")


def _not_begun(injector: AttackInjector) -> Iterator[str]:
    """A warning of the attacks that the recording was too short for."""
    if missing := injector.names[len(injector.labels) :]:
        names = ", ".join(missing)
        yield f"{names} not started: the recording ends before; see --attack_after and --attack_every"


def _sent_before(place: str | None, of_replay: Mapping[str, Any], target: Destination) -> int:
    """How many events the replay has sent before it was interrupted. Raises BadInput."""
    if place is None or not object_store.exists(place):
        if target.sent_before():
            raise BadInput("the output has events of another replay; name an empty folder")
        return 0
    saved = json.loads(object_store.read_text(place))
    if {name: saved.get(name) for name in of_replay} != of_replay:
        raise BadInput(f"{place} is of a replay of other files or with other options; remove it to start again")
    return max(int(saved["sent"]), target.sent_before())


def _scheduled(
    events: Iterable[RecordedEvent], speed: float, rate: float | None
) -> Iterator[tuple[float, int, RecordedEvent]]:
    """Each event with the second of the replay in which it is due, and its number. Files keep their order."""
    first_at, due = None, 0.0
    for number, event in enumerate(events):
        if rate is not None:
            due = number / rate
        elif event.at is not None:
            first_at = event.at if first_at is None else first_at
            due = max(due, (event.at - first_at) / speed)
        yield due, number, event


def _with_jitter(
    scheduled: Iterable[tuple[float, int, RecordedEvent]], jitter: float, seed: int
) -> Iterator[tuple[float, int, RecordedEvent]]:
    """The events, each up to `jitter` seconds later, in the order in which they are then due."""
    chance, waiting = random.Random(seed), list[tuple[float, int, RecordedEvent]]()  # noqa: S311
    for due, number, event in scheduled:
        while waiting and waiting[0][0] <= due:
            yield heapq.heappop(waiting)
        heapq.heappush(waiting, (due + chance.uniform(0, jitter), number, event))
    while waiting:
        yield heapq.heappop(waiting)


@dataclass
class Sender:
    """Sends events when they are due, and records how many have arrived.

    `sent` is the number of events that have arrived, those of an interrupted replay included.
    """

    target: Destination
    reader: EventReader
    checkpoint: str | None
    of_replay: Mapping[str, Any]
    partition_key: str
    sent: int = 0
    hot_keys: HotKeys = field(default_factory=HotKeys)
    warnings: list[str] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)
    flushed_at: float = 0.0

    def send(self, scheduled: Iterable[tuple[float, int, RecordedEvent]]) -> None:
        self._save()
        skipped, started_at, self.flushed_at = self.sent, None, time.monotonic()
        replay_id = hashlib.sha256(json.dumps(self.of_replay).encode()).hexdigest()[:12]
        with _progress(self.reader.total_bytes) as progress:
            task = next(iter(progress.task_ids))
            for place, (due, number, event) in enumerate(scheduled):
                if place < skipped:
                    continue
                if started_at is None:
                    started_at = time.monotonic() - due
                self._wait(started_at + due)
                self._add(event, event.text_with_id(f"{replay_id}:{number}"), int(due))
                progress.update(task, completed=self.reader.bytes_read, sent=f"{self.sent:,}", at=_shown(event))
            self._flush()

    def _add(self, event: RecordedEvent, text: str, second: int) -> None:
        keys = (event.fields.get(name) for name in (self.partition_key, "user_id"))
        record = Record(text, next((str(key) for key in keys if key not in (None, "")), "none"))
        if isinstance(self.target, StreamDestination):
            self.warnings += self.hot_keys.warnings(record, second)
        self.waiting.append(record)
        if len(self.waiting) >= _FLUSH_RECORDS or time.monotonic() - self.flushed_at > _FLUSH_S:
            self._flush()

    def _wait(self, until: float) -> None:
        while (pause := until - time.monotonic()) > 0:
            if self.waiting and time.monotonic() - self.flushed_at > _FLUSH_S:
                self._flush()
            time.sleep(min(pause, _FLUSH_S / 4))

    def _flush(self) -> None:
        if self.waiting:
            self.target.send(self.waiting, self.sent + 1)
            self.sent += len(self.waiting)
            self.waiting = []
            self._save()
        self.flushed_at = time.monotonic()

    def _save(self) -> None:
        if self.checkpoint:
            object_store.write_text(self.checkpoint, json.dumps({**self.of_replay, "sent": self.sent}))


def _progress(total: int) -> Progress:
    """A progress bar on a terminal, nothing elsewhere."""
    columns = (BarColumn(), TextColumn("{task.percentage:.0f} %, {task.fields[sent]} sent, at {task.fields[at]}"))
    progress = Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    )
    progress.add_task("replay", total=total, sent="0", at="")
    return progress


def _shown(event: RecordedEvent) -> str:
    return f"{datetime.fromtimestamp(event.at, UTC):%Y-%m-%d %H:%M:%S}" if event.at is not None else "no time"
