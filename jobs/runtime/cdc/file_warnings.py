"""Warnings about change files from which something cannot be taken."""

from collections.abc import Mapping, Sequence

from jobs.runtime.cdc.change_file import ChangeFile
from schemas.cdc_feed import COMMIT_TS


def tombstone_warnings(change_files: Sequence[ChangeFile]) -> list[str]:
    """A warning if rows that were deleted in the source stay, since a tombstone in a file has no key."""
    return [
        "the feed has tombstones of Kafka, which have no key in a file, and nothing else that tells deletes: deleted "
        "rows stay; set delete.tombstone.handling.mode of Debezium's ExtractNewRecordState to rewrite or "
        "rewrite-with-tombstone (delete.handling.mode=rewrite in older releases)"
        for file in change_files
        if file.has_only_tombstones
    ]


def unused_times(change_files: Sequence[ChangeFile], kept: Mapping[str, Sequence[str]]) -> list[str]:
    """Warnings that files of a full extract have a column with times, which may be one of the source.

    Not if it is one of the `kept` fields, which had the time of changes in earlier files.
    """
    fields = {
        field: file.path
        for file in change_files
        for field, name in zip(file.fields, file.names, strict=True)
        if name == COMMIT_TS.name and field.lower() not in kept.get(name, ())
    }
    return [
        f"{path}: column {field} is read as the time of changes, which a full extract does not have, and left out; "
        f"--columns {field}={field} keeps it as a column of the source"
        for field, path in fields.items()
    ]
