"""The state of a stream after each batch. A batch that has a state is not repeated, but what follows from it is."""

import io
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from jobs.runtime.errors import BadLake
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import open_file
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.incident_notices import NoticeQueue
from jobs.runtime.streaming.pane_store import PaneStore
from jobs.runtime.streaming.rate_models import RateModels
from jobs.runtime.streaming.saved_detector import blocks, breaches, from_saved, incidents, to_saved
from jobs.runtime.streaming.seen_event_ids import EventIds, IdPart
from transforms.detection.anomaly_detectors import DEFAULT_DETECTOR
from transforms.detection.block_list import Block
from transforms.detection.rules import RuleSet

NO_BATCH = -1
# Rejected lines wait for the next publication, up to so many: each state has them all.
_MAX_REJECTED, _MAX_REJECTED_CHARACTERS = 20_000, 16_000_000
# What is being published: what is certain, or all of it when the stream closes.
Publishing = Literal["", "certain", "all"]
# The rule, kind of key, key and first_seen of an incident.
Place = tuple[str, str, str, int]
_PANES, _MODELS, _IDS = "panes_", "models_", "ids_"


@dataclass
class StreamState:
    """What a stream knows after batch `batch`. `stream` is a random id: a new checkpoint is another stream.

    `rates_until` is the end of the published windows of event_rates. `counts`, `problems` and `rejected` are of the
    lines that were read since the last publication. `announced` are the messages that have been printed, `ids` those of
    recent events. `publications` counts the publications, of which the last one may not be complete while there is a
    `publishing`. `undoable` are the published incidents that later events may undo. `table_id` is the id of the table
    of rates that it publishes to. `erased` are blocks of forgotten persons, whose items may still be in a block list.
    `announced_until` is what `rates_until` was when messages were announced last.
    """

    stream: str
    detector: BotDetector
    batch: int = NO_BATCH
    rates_until: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    announced: set[tuple[str, str, str, str, int]] = field(default_factory=set)
    notices: NoticeQueue = field(default_factory=NoticeQueue)
    models: RateModels = field(default_factory=lambda: RateModels(DEFAULT_DETECTOR))
    ids: EventIds = field(default_factory=EventIds)
    publications: int = 0
    publishing: Publishing = ""
    undoable: list[Place] = field(default_factory=list)
    table_id: str = ""
    erased: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.announced_until = self.rates_until

    @staticmethod
    def new(rules: RuleSet, detector: str = DEFAULT_DETECTOR) -> "StreamState":
        return StreamState(secrets.token_hex(6), BotDetector(rules), models=RateModels(detector))

    def begin_publication(self, what: Publishing) -> None:
        self.publications, self.publishing = self.publications + 1, what

    def forget_ended(self) -> None:
        """Forget the incidents that are over, whose alerts have been published and announced."""
        self.detector.forget_ended()
        self.models.forget_ended(self.detector.watermark, self.detector.rules)

    @property
    def has_many_rejected(self) -> bool:
        """Whether its rejected lines are too many, or too long, to wait for the next publication."""
        characters = sum(len(row["raw_line"] or "") for row in self.rejected)
        return len(self.rejected) > _MAX_REJECTED or characters > _MAX_REJECTED_CHARACTERS

    @property
    def label(self) -> str:
        """What marks the commits of its last publication: there may be several after a batch, and none after others."""
        return f"{self.stream}:{self.batch}:{self.publications}"


@dataclass(frozen=True)
class StateFiles:
    """The files of the states: the last two are kept. `folder` is local or in a bucket."""

    folder: str

    def has_any(self) -> bool:
        return bool(self._states())

    def has_batches(self) -> bool:
        return max(self._states(), default=NO_BATCH) > NO_BATCH

    def require(self, batch: int) -> str:
        """The location of the state after a batch. Raises BadLake if it is not there."""
        location = self._states().get(batch)
        if location is None:
            raise BadLake(
                f"{self.folder} has no state of batch {batch}; restore the folder, or name another with --checkpoint"
                " and --start_over"
            )
        return location

    def load(self, batch: int, rules: RuleSet, kind: str = DEFAULT_DETECTOR) -> StreamState:
        """The state after a batch, without the incidents of rules that are gone. Raises BadLake if it is not there."""
        saved = json.loads(object_store.read_text(self.require(batch)))
        detector = from_saved(saved, rules, self._store(saved))
        text = object_store.read_text(f"{self.folder}/{_MODELS}{saved['models']}.json")
        models = RateModels.from_text(text, kind)
        models.incidents = incidents(saved["anomalies"])
        models.previewed = {(one.key, one.window_end): one for one in breaches(saved["previewed"])}
        return StreamState(
            saved["stream"],
            detector,
            batch,
            saved["rates_until"],
            Counter(saved["counts"]),
            Counter(saved["problems"]),
            saved["rejected"],
            {tuple(place) for place in saved["announced"]},
            NoticeQueue(**saved["notices"]),
            models,
            EventIds((int(number), self._ids(number, newest)) for number, newest in saved["ids"].items()),
            saved["publications"],
            saved["publishing"],
            [(rule, *others) for rule, *others in saved["undoable"] if rules.has(rule)],
            saved["table_id"],
            blocks(saved["erased"]),
        )

    def load_newest(self, rules: RuleSet, kind: str = DEFAULT_DETECTOR) -> StreamState | None:
        """The state after the last batch; None if there is no state."""
        return self.load(max(self._states()), rules, kind) if self.has_any() else None

    def write(self, state: StreamState) -> None:
        """Write the state of its batch, and remove those that no repeated batch needs."""
        import pyarrow as pa

        store = state.detector.store
        known = self._numbered(_PANES, ".arrow")
        for number in store.parts.keys() - (known.keys() - {store.added}):
            object_store.write_bytes(f"{self.folder}/{_PANES}{number}.arrow", _to_bytes(store.part(number)))
        for number in state.ids.parts.keys() - (self._numbered(_IDS, ".arrow").keys() - {state.batch}):
            hashes = pa.table({"hash": state.ids.parts[number].hashes})
            object_store.write_bytes(f"{self.folder}/{_IDS}{number}.arrow", _to_bytes(hashes))
        if (models := state.models.windows) not in self._numbered(_MODELS, ".json"):
            object_store.write_text(f"{self.folder}/{_MODELS}{models}.json", state.models.to_text())
        saved: Mapping[str, Any] = {
            "stream": state.stream,
            "panes": sorted(store.parts),
            "added": store.added,
            "evictions": store.evictions,
            **to_saved(state.detector),
            "rates_until": state.rates_until,
            "counts": state.counts,
            "problems": state.problems,
            "rejected": state.rejected,
            "announced": sorted(state.announced),
            "notices": asdict(state.notices),
            "models": state.models.windows,
            "ids": {number: part.newest for number, part in state.ids.parts.items()},
            "publications": state.publications,
            "publishing": state.publishing,
            "undoable": state.undoable,
            "table_id": state.table_id,
            "erased": [vars(one) for one in state.erased],
            "anomalies": [asdict(one) for of_metric in state.models.incidents.values() for one in of_metric],
            "previewed": [asdict(one) for one in state.models.previewed.values()],
        }
        object_store.write_text(f"{self.folder}/state_{state.batch}.json", json.dumps(saved))
        self._remove_old(state.batch, saved)

    def _remove_old(self, batch: int, saved: Mapping[str, Any]) -> None:
        """Remove what neither the state of the batch nor the one before it has."""
        states = self._states()
        for location in (location for number, location in states.items() if number < batch - 1):
            object_store.remove(location)
        needed = [saved, *([json.loads(object_store.read_text(states[batch - 1]))] if batch - 1 in states else [])]
        numbers = {
            (_PANES, ".arrow"): {number for one in needed for number in one["panes"]},
            (_IDS, ".arrow"): {int(number) for one in needed for number in one["ids"]},
            (_MODELS, ".json"): {one["models"] for one in needed},
        }
        for kind, of_kind in numbers.items():
            for location in (location for number, location in self._numbered(*kind).items() if number not in of_kind):
                object_store.remove(location)

    def _states(self) -> dict[int, str]:
        return self._numbered("state_", ".json")

    def _numbered(self, prefix: str, suffix: str) -> dict[int, str]:
        names = {path.rpartition("/")[2]: path for path in object_store.list_sizes(self.folder)}
        return {
            int(name.removeprefix(prefix).removesuffix(suffix)): path
            for name, path in names.items()
            if name.startswith(prefix) and name.endswith(suffix)
        }

    def _store(self, saved: Mapping[str, Any]) -> PaneStore:
        """The panes of a state. Evictions are repeated, since a file is written once."""
        store, evictions = PaneStore(), list(saved["evictions"])
        for number in saved["panes"]:
            while evictions and evictions[0][0] < number:
                store.evict_before(evictions.pop(0)[1])
            store.restore(number, self._read(f"{_PANES}{number}"))
        for _, first in evictions:
            store.evict_before(first)
        store.added, store.evictions = saved["added"], [(newest, first) for newest, first in saved["evictions"]]
        return store

    def _ids(self, number: str, newest: int) -> IdPart:
        return IdPart(self._read(f"{_IDS}{number}")["hash"].to_numpy(), newest)

    def _read(self, name: str) -> Any:
        import pyarrow as pa

        with open_file(f"{self.folder}/{name}.arrow") as stream:
            return pa.ipc.open_stream(stream.read()).read_all()


def _to_bytes(table: Any) -> bytes:
    import pyarrow as pa

    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()
