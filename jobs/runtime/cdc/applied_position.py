"""What the published tables of a source tell about earlier changes: the newest, the last place, epochs and fields."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from pyspark.sql import functions as F

from jobs.runtime.iceberg.ddl import TOMBSTONES_EXPIRED_UNTIL
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.spark.small_frames import read_instants
from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource
from schemas.table import Table
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.epochs import EpochStart

# Snapshot properties: the commit time of the newest change that was ever published, the greatest change_seq, the
# greatest epoch, where each epoch began, the fields of files that had the control columns, and the tables and servers
# of the source that events named.
POSITION_PROPERTIES = ("newest", "place", "epoch", "epoch_starts", "control_fields", "source_tables", "source_servers")
_NEWEST, _PLACE, _EPOCH, _EPOCH_STARTS, _CONTROL_FIELDS, _TABLES, _SERVERS = POSITION_PROPERTIES


def newest_change(lake: Lake, source: CdcSource, snapshot: int | None) -> datetime | None:
    """Commit time of the newest change that was published up to a snapshot of the current table.

    Read from the snapshot property; without one, from the rows of the current and aux tables.
    """
    if newest := last_property(lake, source.current, snapshot, _NEWEST):
        return datetime.fromisoformat(newest)
    tables = (source.current, source.aux) if snapshot else ()
    frames = [lake.frame(table, lake.main(table)).select(f"{SEQ.name}.commit_ts") for table in tables]
    moments = [
        moment for rows in frames for moment in read_instants(rows.agg(F.max("commit_ts").alias("newest"))) if moment
    ]
    return max(moments, default=None)


def last_place(lake: Lake, source: CdcSource, snapshot: int | None) -> str | None:
    """The greatest change_seq that was published up to a snapshot of the current table; None if that is not known."""
    return last_property(lake, source.current, snapshot, _PLACE)


def last_epoch(lake: Lake, source: CdcSource, snapshot: int | None) -> int:
    return int(last_property(lake, source.current, snapshot, _EPOCH) or 0)


def epoch_starts(lake: Lake, source: CdcSource, snapshot: int | None) -> dict[int, EpochStart]:
    """Epoch -> where it began, if that is known."""
    starts = json.loads(last_property(lake, source.current, snapshot, _EPOCH_STARTS) or "{}")
    return {
        int(epoch): EpochStart(datetime.fromisoformat(until), datetime.fromisoformat(doubtful_until), *others)
        for epoch, (until, doubtful_until, *others) in starts.items()
    }


def source_tables(lake: Lake, source: CdcSource, snapshot: int | None) -> list[str]:
    """The names of the tables of the source that earlier events had."""
    names: list[str] = json.loads(last_property(lake, source.current, snapshot, _TABLES) or "[]")
    return names


def source_servers(lake: Lake, source: CdcSource, snapshot: int | None) -> list[str]:
    """The servers that wrote the earlier events, see log_server."""
    servers: list[str] = json.loads(last_property(lake, source.current, snapshot, _SERVERS) or "[]")
    return servers


def control_fields(lake: Lake, source: CdcSource, snapshot: int | None) -> dict[str, list[str]]:
    """Control column -> the fields that it was in published files, in lower case, the first one first."""
    fields: dict[str, list[str]] = json.loads(last_property(lake, source.current, snapshot, _CONTROL_FIELDS) or "{}")
    return fields


def position_properties(
    newest: datetime | None,
    place: str | None,
    epoch: int,
    starts: Mapping[int, EpochStart],
    fields: Mapping[str, Sequence[str]],
    tables: Collection[str],
    servers: Collection[str],
) -> Mapping[str, str]:
    """The snapshot properties of a run."""
    described = {
        number: (start.until.isoformat(), start.doubtful_until.isoformat(), start.last_place, start.old_servers)
        for number, start in starts.items()
    }
    values = {
        _NEWEST: newest.isoformat() if newest else "",
        _PLACE: place or "",
        _EPOCH: str(epoch),
        _EPOCH_STARTS: json.dumps(described) if described else "",
        _CONTROL_FIELDS: json.dumps(fields) if fields else "",
        _TABLES: json.dumps(sorted(tables)) if tables else "",
        _SERVERS: json.dumps(sorted(servers)) if servers else "",
    }
    return {name: value for name, value in values.items() if value}


def retention_horizon(lake: Lake, source: CdcSource, snapshot: int | None, clock: datetime) -> RetentionHorizon:
    """tombstone_days before the newest change that was ever published, or now; and what maintenance has expired."""
    newest = newest_change(lake, source, snapshot)
    deletes = min(newest, clock) - timedelta(days=source.tombstone_days) if newest and source.tombstone_days else None
    expired_until = lake.table_property(source.aux, TOMBSTONES_EXPIRED_UNTIL)
    return RetentionHorizon(deletes, datetime.fromisoformat(expired_until) if expired_until else None)


def last_property(lake: Lake, table: Table, snapshot: int | None, name: str) -> str | None:
    """The snapshot property of the newest commit up to a snapshot that has it."""
    return next((text for _, text in lake.snapshot_properties(table, snapshot, name) if text), None)
