"""Run a stream: read its files in small batches, decide who is a bot, and publish about every minute."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.batch.progress import Progress, QuietProgress
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.errors import BadLake, Overtaken
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import StreamJob
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.stopping import StopRequest
from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.forgotten_persons import ForgottenPersons
from jobs.runtime.streaming.incident_notices import IncidentNotifier
from jobs.runtime.streaming.micro_batch import MicroBatch, published_labels
from jobs.runtime.streaming.pane_sums import panes
from jobs.runtime.streaming.rates import event_rates
from jobs.runtime.streaming.sinks import BatchReport, Sinks
from jobs.runtime.streaming.sources import read_lines
from jobs.runtime.streaming.stream_rows import alert_rows, block_rows, incident_rows
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from jobs.runtime.streaming.tune_rules import load_rules
from jobs.runtime.wording import count
from schemas.realtime.alerts import ALERTS
from schemas.realtime.blocked_actors import BLOCKED_ACTORS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.rate_anomalies import RATE_ANOMALIES
from transforms.detection.alerts import GROUP_S, alerts
from transforms.detection.panes import keyed_events
from transforms.detection.rules import PANE_S
from transforms.detection.stream_events import stream_lines

_REJECTED = ["raw_line", "problems", "source_file"]
# Rejected lines wait for the next publication, up to so many.
_MAX_REJECTED = 20_000
_MAX_ATTEMPTS = 3
# Seconds from one report to the next; there is one at the end too.
_REPORT_S = 600


def run_stream(job: StreamJob, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger) -> str:
    """Run the stream until it is stopped, or with `available_now` until all files are read. Returns its last line.

    Raises BadInput, BadLake, Refused if a suite refuses what the stream would publish, Overtaken if another run has
    published to its tables, Stopped.
    """
    return _Stream(job, values, progress, lake, ledger).run()


class _Stream:
    """One process of a stream. `state` is that after the last batch; None before the first."""

    def __init__(
        self, job: StreamJob, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger
    ) -> None:
        self.job, self.values, self.progress, self.lake, self.ledger = job, values, progress, lake, ledger
        self.rules = load_rules(values["rules"])
        self.checkpoint = values["checkpoint"] or f"{values['lake']}/streams/{job.name}"
        self.files = StateFiles(f"{self.checkpoint}/state")
        self.state: StreamState | None = None
        self.failure: BaseException | None = None
        self.forgotten = ForgottenPersons()
        self.published_at = self.reported_at = time.monotonic()
        self.read = 0
        self.announcer = Announcer(self.rules, IncidentNotifier(values, ledger), progress.print)
        self.sinks = Sinks.of(values, self.rules, ledger.run_id)

    def run(self) -> str:
        lines = read_lines(self.lake.spark, self.values)
        for table in self.job.tables:
            self.lake.ensure(table)
        self._prepare_checkpoint()
        self.stop = StopRequest("stopped by SIGTERM; start it again with the same checkpoint")
        pace: dict[str, Any] = {"processingTime": f"{self.values['trigger_s']} seconds"}
        pace = {"availableNow": True} if self.values["available_now"] else pace
        writer = lines.writeStream.foreachBatch(self._batch).option("checkpointLocation", f"{self.checkpoint}/spark")
        query = writer.trigger(**pace).start()
        try:
            query.awaitTermination()
        except Exception as error:
            raise self.stop.error or self.failure or error from error
        self._close()
        return f"{count(self.read, 'line')} read"

    def _prepare_checkpoint(self) -> None:
        """Raises BadLake where the tables are of a stream whose checkpoint is not there."""
        is_new = not self.files.has_any() and not self.values["start_over"]
        if is_new and published_labels(self.lake, self.job.tables):
            raise BadLake(
                f"{self.job.writes.name} is of a stream whose checkpoint is not in {self.checkpoint}; name its folder"
                " with --checkpoint, or use --start_over: events up to the last published window are then late"
            )

    def _first_state(self, batch: int) -> StreamState:
        """The state before the first batch of this process."""
        if batch > 0 or self.files.has_any():
            return self.files.load(batch - 1, self.rules, self.values["detector"])
        state = StreamState.new(self.rules, self.values["detector"])
        newest = self.lake.published(self.job.writes).agg(F.unix_seconds(F.max(self.job.writes.time))).collect()[0][0]
        if newest is not None:
            state.detector.watermark = state.rates_until = newest + PANE_S
        self.files.write(state)
        return state

    def _batch(self, lines: DataFrame, batch: int) -> None:
        try:
            is_first = self.state is None
            state = self.state = self.state or self._first_state(batch)
            if is_first:
                self._forget(state)
            state.batch = batch
            counts, end = self._advance(state, lines), state.detector.certain_until
            self._preview_rates(state)
            new = self.announcer.announce(state, end)
            blocks = [block for block in state.detector.blocks()[0] if block.raised_at <= end]
            self.sinks.send(BatchReport(counts, new, blocks, end))
            # A repeated batch publishes again what the tables lack of it.
            was_published = is_first and state.label() in published_labels(self.lake, self.job.tables)
            is_due = time.monotonic() - self.published_at >= self.values["publish_s"]
            if is_due or was_published or len(state.rejected) > _MAX_REJECTED:
                self._publish(state, state.label(), is_closed=False)
            self.files.write(state)
        except BaseException as error:
            self.failure = error
            raise

    def _advance(self, state: StreamState, lines: DataFrame) -> Counter[str]:
        """Read the lines of a batch, and apply the rules to their events. Returns the lines by result."""
        names, clock = self.job.reads.names, self.values["clock"] or datetime.now(UTC)
        detector, forgotten = state.detector, self.forgotten.hashes
        typed = stream_lines(lines, names, clock=clock, watermark=detector.watermark, forgotten=forgotten)
        rejected = [F.when(F.size("problems") > 0, F.col(name)).alias(name) for name in _REJECTED]
        events = to_arrow(keyed_events(typed, *rejected))
        found = events.select(_REJECTED).filter(events["problems"].is_valid()).to_pylist()
        valid = events.filter(events["problems"].is_null())
        kept = state.ids.without_duplicates(valid, state.batch)
        counts = Counter({"read": events.num_rows, "kept": kept.num_rows, "duplicate": valid.num_rows - kept.num_rows})
        for row in found:
            counts["late" if row["problems"] == ["late"] else "rejected"] += 1
            state.problems.update(row["problems"])
        state.counts += counts
        self.read += counts["read"]
        state.rejected += found
        detector.advance(panes(kept, self.rules), keep_since=state.rates_until, now=int(clock.timestamp()))
        state.ids.forget_before(detector.watermark)
        state.counts["evicted"] += detector.evict(self.values["max_keys"])
        return counts

    def _preview_rates(self, state: StreamState) -> None:
        """Judge the windows that are not published yet. Those of a long time ago are left to the publication."""
        store, watermark = state.detector.store, state.detector.watermark
        since = max(state.rates_until, watermark - self.rules.lateness_s) // PANE_S * PANE_S
        if store.parts:
            state.models.preview(event_rates(store, since, store.end, with_categories=False).to_pylist(), self.rules)

    def _publish(self, state: StreamState, label: str, *, is_closed: bool) -> None:
        """Publish what has come since the last time: up to the watermark, or all of it when the stream closes."""
        self.forgotten.remove_incidents(state)  # of windows that their events were in before they were erased
        detector, counts = state.detector, state.counts
        until = max(state.rates_until, detector.watermark // PANE_S * PANE_S)
        batch = self._micro_batch(state, label, until, is_closed=is_closed)
        self._run(batch)
        self.reported_at = time.monotonic() if batch.board else self.reported_at
        self.announcer.announce(state, detector.certain_until)
        self.progress.print(
            f"{count(counts['read'], 'line')}: {counts['kept']:,} kept, {counts['rejected']:,} rejected, "
            f"{counts['duplicate']:,} duplicate, {counts['late']:,} late"
            + (f"; {count(counts['evicted'], 'key')} evicted, see --max_keys" if counts["evicted"] else "")
        )
        # Rates begin with the first event.
        state.rates_until = until if len(batch.new[self.job.writes]) or state.rates_until else 0
        state.counts, state.problems, state.rejected = Counter(), Counter(), []
        detector.forget_ended()
        state.models.forget_ended(detector.watermark, self.rules)
        self._forget(state)
        self.published_at = time.monotonic()

    def _micro_batch(self, state: StreamState, label: str, until: int, *, is_closed: bool) -> MicroBatch:
        """The rows to publish, and those of the rates up to `until`. The models learn these."""
        detector, end = state.detector, state.detector.certain_until
        certain, (blocks, tripped_at) = detector.all_incidents(), detector.blocks()
        if not is_closed:
            certain = [one for one in certain if one.raised_at <= end]
            blocks = [one for one in blocks if one.raised_at <= end]
        due = alerts(certain, self.rules, since=state.rates_until, until=until, tripped_at=tripped_at)
        rates = event_rates(detector.store, state.rates_until, until)
        anomalies = state.models.judge(rates.filter(rates["category_id"].is_null()).to_pylist(), self.rules)
        return MicroBatch(
            self.job,
            label,
            self.files.folder,
            {
                self.job.writes: rates,
                self.job.rejects: state.rejected,
                ALERTS: alert_rows(due),
                RATE_ANOMALIES: anomalies,
            },
            {BOT_ALERTS: incident_rows(certain), BLOCKED_ACTORS: block_rows(blocks)},
            {part: state.counts[part] for part in ("read", "kept", "rejected", "late", "duplicate")},
            state.problems,
            self.job.board if is_closed or time.monotonic() - self.reported_at >= _REPORT_S else "",
        )

    def _forget(self, state: StreamState) -> None:
        """Remove the persons who have been erased from the lake since the last time."""
        hashes = self.ledger.forgotten_hashes(self.job.writes)
        if hashes != self.forgotten.hashes:
            self.forgotten = ForgottenPersons(hashes)
            self.forgotten.remove_from(state)

    def _run(self, batch: MicroBatch) -> None:
        """Publish a batch as a run. Where another run has published, such as maintenance, it is staged again on top."""
        for attempt in range(_MAX_ATTEMPTS):
            now, run_id = datetime.now(UTC), f"{self.ledger.run_id}_{batch.label.replace(':', '_')}_{attempt}"
            ledger = replace(self.ledger, run_id=run_id, started_at=now, clock=self.values["clock"] or now)
            values = {**self.values, "dry_run": False, "export": None, "summary_json": None}
            run = Run(batch, values, QuietProgress(), self.lake, ledger)
            run.stop_request = self.stop
            try:
                run.execute()
            except Overtaken:
                if attempt == _MAX_ATTEMPTS - 1:
                    raise
            else:
                return

    def _close(self) -> None:
        """Publish all that was read. Later events of the windows that are open until now are late."""
        state = self.state or self.files.load_newest(self.rules, self.values["detector"])
        if state is None or state.detector.watermark >= state.detector.store.end:
            return  # closed before
        state.detector.watermark = state.detector.store.end
        # Open windows can last a window and `lateness_s` longer, and notices wait for a minute.
        lasts_s = self.rules.longest_window_s + self.rules.lateness_s + GROUP_S
        self.announcer.announce(state, state.detector.store.end + lasts_s)
        self._publish(state, state.label(is_closed=True), is_closed=True)
        self.files.write(state)
