"""Erase a person from the tables of a stream. Its keys are of several kinds; the person is one of kind user_id."""

from jobs.runtime.job import StreamJob
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count
from schemas.table import Table


def conditions(stream: StreamJob, person: str) -> dict[Table, str]:
    """The tables with keys, and the condition for the rows that name the person. An alert names up to 20 keys."""
    of_key = f"key_kind = 'user_id' AND key = '{person}'"
    of_keys = f"array_contains(keys, 'user_id {person}')"
    return {
        **{table: of_key for table in stream.tables if "key_kind" in table.names},
        **{table: of_keys for table in stream.tables if "keys" in table.names},
    }


def erase_from_stream(lake: MaintainedLake, run_id: str, stream: StreamJob, person: str) -> list[str]:
    """Delete the rows that name the person. Returns a line for each table."""
    report = list[str]()
    for table, condition in conditions(stream, person).items():
        deleted = lake.delete_rows(table, condition, run_id)
        lake.compact(table)  # until then the rows are still in the data files, and only marked as deleted
        report.append(f"{table.name}: {count(deleted, 'row')} erased")
    return report


def state_advice(lake: str, stream: StreamJob) -> list[str]:
    """What to do about the state of the stream, in its default place."""
    folder = f"{lake}/streams/{stream.name}/state"
    advice = f"{folder} may hold the person until {stream.name} has read two more batches; so may another --checkpoint"
    return [advice] if object_store.exists(folder) else []
