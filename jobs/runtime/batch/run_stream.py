"""Run a stream: read its files in small batches, decide who is a bot, and publish about every minute."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from jobs.runtime.batch.progress import Progress
from jobs.runtime.batch.stream_checkpoint import Checkpoint
from jobs.runtime.batch.stream_publication import StreamPublisher, published
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import StreamJob
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.stopping import StopRequest
from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.events_to_panes import panes
from jobs.runtime.streaming.external_sinks import BatchReport, Sinks
from jobs.runtime.streaming.incident_notices import IncidentNotifier
from jobs.runtime.streaming.load_rules import load_rules
from jobs.runtime.streaming.rates import event_rates
from jobs.runtime.streaming.sources import read_lines
from jobs.runtime.streaming.state_erasure import ForgottenPersons
from jobs.runtime.streaming.stream_state import Publishing, StreamState
from jobs.runtime.wording import count
from transforms.detection.incidents import Incident
from transforms.detection.panes import keyed_events
from transforms.detection.rules import PANE_S
from transforms.detection.stream_events import stream_lines

_REJECTED = ["raw_line", "problems", "source_file"]
# So many seconds after an event, others of its time may come, such as by Firehose.
_MAX_DELIVERY_S = 900


def run_stream(job: StreamJob, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger) -> str:
    """Run the stream until it is stopped, or with `available_now` until all files are read. Returns its last line.

    Raises BadInput, BadLake, Refused if a suite refuses what the stream would publish, Overtaken if another run has
    published to its tables, Stopped.
    """
    return _Stream(job, values, progress, lake, ledger).run()


class _Stream:
    """One process of a stream.

    `state` is that after the last batch. It is written before any of it is sent or published: a process
    that was killed goes on with what it had decided by the clock of then. Another clock would close other windows.
    """

    def __init__(
        self, job: StreamJob, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger
    ) -> None:
        self.job, self.values, self.progress, self.lake, self.ledger = job, values, progress, lake, ledger
        self.rules = load_rules(values["rules"])
        self.checkpoint = Checkpoint(job, values, lake, progress.print)
        self.files = self.checkpoint.files
        self.failure: BaseException | None = None
        self.forgotten = ForgottenPersons()
        self.published_at = self.quiet_since = time.monotonic()
        self.read = 0
        self.announcer = Announcer(self.rules, progress.print)
        self.notifier = IncidentNotifier(values, ledger)
        self.sinks = Sinks.of(values, self.rules, ledger.run_id)
        self.lock = Lock()  # for the state: batches come in a thread of Spark

    def run(self) -> str:
        lines = read_lines(self.lake.spark, self.values)
        for table in self.job.tables:
            self.lake.ensure(table)
        self.state = self.checkpoint.load(self.rules)
        self.stop = StopRequest("stopped by SIGTERM; start it again with the same checkpoint")
        self.publisher = StreamPublisher(
            self.job, self.rules, self.files.folder, self.values, self.lake, self.ledger, self.stop
        )
        self._forget()
        if self.state.publishing:
            self._publish()
        self._send_report({}, [])  # blocks that a changed file of rules has ended, and those of erased visitors
        pace: dict[str, Any] = {"processingTime": f"{self.values['trigger_s']} seconds"}
        pace = {"availableNow": True} if self.values["available_now"] else pace
        checkpoint_location = f"{self.checkpoint.folder}/spark"
        writer = lines.writeStream.foreachBatch(self._batch).option("checkpointLocation", checkpoint_location)
        self._wait(writer.trigger(**pace).start())
        self._close()
        return f"{count(self.read, 'line')} read"

    def _wait(self, query: StreamingQuery) -> None:
        """Wait for the end of the query. Raises what ended it."""
        wait_s = None if self.values["available_now"] else self.values["trigger_s"]
        try:
            while not query.awaitTermination(wait_s) and wait_s:
                self._go_on_quietly()
        except Exception as error:
            if not self.stop.error:
                query.stop()
            raise self.stop.error or self.failure or error from error

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Keep the other thread from the state, for good if this one fails: it may have changed a part of it."""
        with self.lock:
            if self.failure:
                raise self.failure
            try:
                yield
            except BaseException as error:
                self.failure = error
                raise

    def _batch(self, lines: DataFrame, batch: int) -> None:
        with self._in_turn():
            if batch != self.state.batch:  # Spark repeats a batch after a crash; the state may have it
                self.files.require(batch - 1)
                self._take(lines, batch)

    def _take(self, lines: DataFrame, batch: int) -> None:
        """Read the lines of a batch, and do what follows from them."""
        state = self.state
        state.batch = batch
        counts = self._advance(state, lines)
        self._preview_rates(state)
        self._send_report(counts, self.announcer.announce(state, state.detector.certain_until))
        self.quiet_since = time.monotonic()
        self._record("certain" if self._is_due() or state.has_many_rejected else "")

    def _go_on_quietly(self) -> None:
        """Do what is due although no files come: notices, messages that incidents are over, blocks, a publication.

        No window is closed: events that are delayed may still come.
        """
        with self._in_turn():
            state, quiet_s = self.state, int(time.monotonic() - self.quiet_since)
            if quiet_s < self.values["trigger_s"]:
                return
            known, until = {*state.announced, *state.notices.unsent}, state.detector.certain_until
            self.announcer.announce(state, until, quiet_s)
            self._send_report({}, [], quiet_s)
            is_due = state.counts["read"] > 0 and self.quiet_since >= self.published_at and self._is_due()
            if is_due or known != {*state.announced, *state.notices.unsent}:
                self._record("certain" if is_due else "")
            self.notifier.send(state.notices)

    def _clock(self) -> datetime:
        return self.values["clock"] or datetime.now(UTC)

    def _is_due(self) -> bool:
        return bool(time.monotonic() - self.published_at >= self.values["publish_s"])

    def _send_report(self, counts: Mapping[str, int], new: Sequence[Incident], quiet_s: int = 0) -> None:
        """Send what a batch had to the sinks, and the blocks that are certain or have been published."""
        blocks = published(self.state, self.state.detector.blocks()[0])
        until = self.state.detector.certain_until + quiet_s
        self.sinks.send(BatchReport(counts, new, blocks, until, self.state.erased))

    def _record(self, publishing: Publishing = "") -> None:
        """Write the state, then send its notices and publish what is to be published of it."""
        if publishing:
            self.state.begin_publication(publishing)
        self.files.write(self.state)
        self.notifier.send(self.state.notices)
        if publishing:
            self._publish()

    def _advance(self, state: StreamState, lines: DataFrame) -> Counter[str]:
        """Read the lines of a batch, and apply the rules to their events. Returns the lines by result."""
        names, clock = self.job.reads.names, self._clock()
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
        """Judge the windows that are not published yet. Those of a long time ago are left to the publication.

        So are all of a backlog: what is unusual now would be announced before an incident that was over by then.
        """
        store, watermark = state.detector.store, state.detector.watermark
        since = max(state.rates_until, watermark - self.rules.lateness_s) // PANE_S * PANE_S
        if store.parts and since - state.rates_until <= self.rules.rate_anomaly.ttl_s:
            state.models.preview(event_rates(store, since, store.end, with_categories=False).to_pylist(), self.rules)

    def _publish(self) -> None:
        """Publish what the written state tells to, and write the state after it."""
        state, counts = self.state, self.state.counts
        self._forget()
        self.forgotten.remove_incidents(state)  # of windows that their events were in before they were erased
        self.publisher.publish(state)
        self.announcer.announce(state, state.detector.certain_until)  # with the rates that were judged just now
        state.forget_ended()
        self.progress.print(
            f"{count(counts['read'], 'line')}: {counts['kept']:,} kept, {counts['rejected']:,} rejected, "
            f"{counts['duplicate']:,} duplicate, {counts['late']:,} late"
            + (f"; {count(counts['evicted'], 'key')} evicted, see --max_keys" if counts["evicted"] else "")
        )
        self.published_at = time.monotonic()
        self._record()

    def _forget(self) -> None:
        """Remove the persons who have been erased from the lake since the last time."""
        hashes = self.ledger.forgotten_hashes(self.job.writes)
        if hashes != self.forgotten.hashes:
            self.forgotten = ForgottenPersons(hashes)
            self.forgotten.remove_from(self.state)

    def _close(self) -> None:
        """Publish what was read: all of it, or what is certain where more events may come of the time in which it ends.

        Where all is published, later events of the windows that are open until now are late.
        """
        state, detector, new = self.state, self.state.detector, list[Incident]()
        wait_s = max(_MAX_DELIVERY_S, self.rules.lateness_s)
        is_over = detector.store.end <= self._clock().timestamp() - wait_s
        is_open = detector.watermark < detector.store.end
        if is_over and is_open:
            detector.close()
            new = self.announcer.announce_all(state)
        if state.counts["read"] or (is_over and is_open):
            state.begin_publication("all" if is_over else "certain")
            self.publisher.is_ending = True
            self._send_report({}, new)
            self._record()
            self._publish()
