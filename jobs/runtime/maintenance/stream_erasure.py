"""Erase a person from the tables of a stream. Its keys are of several kinds; the person is one of kind user_id.

Addresses and sessions are erased that had events of the person: incidents name their visitors.
"""

from pyspark.sql import functions as F

from jobs.runtime.iceberg.lake_reader import LakeReader
from jobs.runtime.job import StreamJob
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count
from schemas.table import Table


def conditions(lake: LakeReader, stream: StreamJob, person: str) -> dict[Table, str]:
    """The tables with keys, and the condition for the rows that name the person. An alert names up to 20 keys."""
    keys = [("user_id", person)]
    for table in (table for table in stream.tables if "visitors" in table.names):
        is_of_person = F.exists("visitors", lambda visitor: visitor.cast("string") == person)
        of_person = lake.published(table).filter(is_of_person)
        keys += [(row.key_kind, row.key) for row in of_person.select("key_kind", "key").distinct().collect()]
    has_key = " OR ".join(f"key_kind = {_literal(kind)} AND key = {_literal(key)}" for kind, key in keys)
    names = ", ".join(_literal(f"{kind} {key}") for kind, key in keys)
    return {
        **{table: has_key for table in stream.tables if "key_kind" in table.names},
        **{table: f"arrays_overlap(keys, array({names}))" for table in stream.tables if "keys" in table.names},
    }


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def erase_from_stream(lake: MaintainedLake, run_id: str, stream: StreamJob, person: str) -> list[str]:
    """Delete the rows that name the person. Returns a line for each table."""
    report = list[str]()
    for table, condition in conditions(lake, stream, person).items():
        deleted = lake.delete_rows(table, condition, run_id)
        lake.compact(table)  # until then the rows are still in the data files, and only marked as deleted
        report.append(f"{table.name}: {count(deleted, 'row')} erased")
    return report


def state_advice(lake: str, stream: StreamJob) -> list[str]:
    """What to do about the state of the stream, in its default place."""
    folder = f"{lake}/streams/{stream.name}/state"
    advice = f"{folder} may hold the person until {stream.name} has closed its windows; so may another --checkpoint"
    return [advice] if object_store.exists(folder) else []
