"""Apply rules to recorded events, and print whom they would have blocked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.ingest.file_readers import Reader
from jobs.runtime.spark import jvm_startup_tuning, session
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.storage.listing import list_files
from jobs.runtime.streaming.arrow_panes import key_panes
from jobs.runtime.streaming.backtest_report import explanation, report, row_counts
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.events_to_panes import panes
from jobs.runtime.streaming.load_rules import load_rules
from jobs.runtime.streaming.seen_event_ids import EventIds
from schemas.realtime.raw_stream_events import RAW_STREAM_EVENTS
from schemas.realtime.vocabulary import KEY_KINDS
from transforms.detection.panes import keyed_events
from transforms.detection.stream_events import stream_events


def backtest_rules(input: str, rules: str | None, explain: str | None) -> str:  # noqa: A002
    """Apply the rules to recorded events. Returns whom each rule would have blocked; with `explain`, why that key.

    An event with the id of an earlier one does not count, as in a stream.

    Raises BadInput if the events or the rules cannot be read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rule_set = load_rules(rules)
    with _recorded_events(input) as (events, warnings):
        problems = {
            tuple(row.problems): row.rows
            for row in events.groupBy("problems").agg(F.count("*").alias("rows")).collect()
        }
        valid, detector, ids, kept = events.filter(F.size("problems") == 0), BotDetector(rule_set), EventIds(), 0
        of_key = dict[str, list[pa.Table]]()
        for number, hour in enumerate(_hours(valid)):
            of_hour = ids.without_duplicates(to_arrow(keyed_events(hour)), number)
            kept += of_hour.num_rows
            summed = panes(of_hour, rule_set)
            detector.advance(summed)
            ids.forget_before(detector.watermark)
            for kind, of_kind in summed.items():
                of_key.setdefault(kind, []).append(of_kind.filter(pc.equal(of_kind["key"], explain)))
        lines = [*warnings, row_counts(problems, kept)]
        if explain is None:
            return "\n".join([*lines, *report(rule_set, detector, of_key)])
        found = {kind: pa.concat_tables(of_key[kind]) for kind in KEY_KINDS if kind in of_key}
        named = [key_panes(one, kind, rule_set.most_products(kind)) for kind, one in found.items() if one.num_rows]
        return "\n".join([*lines, *explanation(explain, named, rule_set, detector)])


@contextmanager
def _recorded_events(location: str) -> Iterator[tuple[DataFrame, list[str]]]:
    """The typed events of the files, valid or not, and warnings about the files."""
    files = list_files(location)[0]
    with TemporaryDirectory() as folder:
        is_short = jvm_startup_tuning.is_short(location, folder)
        spark = session.start(session.catalog_settings(folder, None, input_path=location), is_short=is_short)
        read = Reader(spark, RAW_STREAM_EVENTS, {}, ",", no_header=False, multi_line=False).read(files)
        events = stream_events(read.rows, clock=datetime.now(UTC))
        # Parsed once: a filter would be pushed down, and parse a line again for each field.
        yield events.drop("raw_line").persist(), read.warnings


def _hours(events: DataFrame) -> Iterator[DataFrame]:
    """The events of each hour that has any, in order: a day at once may not fit into memory."""
    hour = F.date_trunc("hour", "event_time").alias("hour")
    for row in events.select(hour).distinct().orderBy("hour").collect():
        yield events.filter(hour == row.hour)
