"""Publish what a stream has found since its last publication, as a run."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from jobs.runtime.batch.progress import QuietProgress
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.errors import Overtaken
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import StreamJob
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.stopping import StopRequest
from jobs.runtime.streaming.output_rows import Rows, alert_rows, block_rows, incident_rows, instant
from jobs.runtime.streaming.publication_batch import PublicationBatch, published_labels
from jobs.runtime.streaming.rates import event_rates
from jobs.runtime.streaming.stream_state import Place, StreamState
from schemas.realtime.alerts import ALERTS
from schemas.realtime.blocked_actors import BLOCKED_ACTORS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.rate_anomalies import RATE_ANOMALIES
from transforms.detection.alerts import alerts, guard_alerts
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.rules import PANE_S, RuleSet

_MAX_ATTEMPTS = 3
# Seconds from one report to the next; there is one at the end too.
_REPORT_S = 600
_One = TypeVar("_One", Incident, Block)


@dataclass
class StreamPublisher:
    """Publishes the states of a stream. `folder` is that of the files of its states.

    `is_ending` tells that the publication is the last one before the stream ends.
    """

    job: StreamJob
    rules: RuleSet
    folder: str
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger
    stop: StopRequest
    reported_at: float = field(default_factory=time.monotonic)
    is_ending: bool = False

    def publish(self, state: StreamState) -> None:
        """Publish what the state tells to, up to its watermark. A table that has it already is left as it is.

        The state is then the one after this publication, and has what is over still. Lines read are counted by the next
        publication that has rows. Raises what a run raises.
        """
        batch = self.publication_batch(state)
        has_rows = self._run(batch) or state.label in published_labels(self.lake, self.job.tables)
        self.reported_at = time.monotonic() if batch.board else self.reported_at
        # Rates begin with the first event.
        state.rates_until = _until(state) if len(batch.new[self.job.writes]) or state.rates_until else 0
        incidents = [one for one in published(state, state.detector.all_incidents()) if not _is_certain(one, state)]
        state.undoable = [_place(one) for one in incidents]
        state.publishing = ""
        if has_rows:
            state.counts, state.problems, state.rejected = Counter(), Counter(), []

    def publication_batch(self, state: StreamState) -> PublicationBatch:
        """The rows to publish. The models learn the rates among them."""
        detector, until, counts = state.detector, _until(state), state.counts
        incidents, (blocks, tripped_at) = published(state, detector.all_incidents()), detector.blocks()
        blocks = published(state, blocks)
        rates = event_rates(detector.store, state.rates_until, until)
        anomalies = state.models.judge(rates.filter(rates["category_id"].is_null()).to_pylist(), self.rules)
        alerting = (*incidents, *state.models.all_incidents(self.rules))
        due = alerts(alerting, self.rules, since=state.rates_until, until=until)
        due += guard_alerts(blocks, tripped_at, since=state.rates_until, until=until)
        return PublicationBatch(
            self.job,
            state.label,
            self.folder,
            {
                self.job.writes: rates,
                self.job.rejects: state.rejected,
                ALERTS: alert_rows(due),
                RATE_ANOMALIES: anomalies,
            },
            {BOT_ALERTS: incident_rows(incidents), BLOCKED_ACTORS: block_rows(blocks)},
            _undoable_rows(state),
            {part: counts[part] for part in ("read", "kept", "rejected", "late", "duplicate")},
            state.problems,
            self.job.board if self.is_ending or time.monotonic() - self.reported_at >= _REPORT_S else "",
        )

    def _run(self, batch: PublicationBatch) -> bool:
        """Publish a batch as a run. Where another run has published, such as maintenance, it is staged again on top.

        Returns whether it had rows to publish.
        """
        attempt = 0
        while True:
            now, run_id = datetime.now(UTC), f"{self.ledger.run_id}_{batch.label.replace(':', '_')}_{attempt}"
            ledger = replace(self.ledger, run_id=run_id, started_at=now, clock=self.values["clock"] or now)
            values = {**self.values, "dry_run": False, "export": None, "summary_json": None}
            run = Run(batch, values, QuietProgress(), self.lake, ledger)
            run.stop_request = self.stop
            try:
                run.execute()
            except Overtaken:
                attempt += 1
                if attempt == _MAX_ATTEMPTS:
                    raise
            else:
                return any(entry.status == "published" for entry in run.entries.values())


def _until(state: StreamState) -> int:
    """The end of the windows of event_rates that the state publishes."""
    return max(state.rates_until, state.detector.watermark // PANE_S * PANE_S)


def published(state: StreamState, found: list[_One]) -> list[_One]:
    """Those that are certain or have been published; all of them when the stream closes."""
    known = set(state.undoable)
    return [one for one in found if state.publishing == "all" or _is_certain(one, state) or _place(one) in known]


def _is_certain(one: Incident | Block, state: StreamState) -> bool:
    return one.raised_at <= state.detector.certain_until


def _place(one: Incident | Block) -> Place:
    return one.rule, *one.key, one.first_seen


def _undoable_rows(state: StreamState) -> Rows:
    """The keys of the undoable rows of bot_alerts and blocked_actors."""
    return [
        {"rule": rule, "key_kind": kind, "key": key, "first_seen": instant(first_seen)}
        for rule, kind, key, first_seen in state.undoable
    ]
