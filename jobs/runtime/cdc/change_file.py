"""A change file: its format, its columns and what its changes have."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pyspark.sql import Row

from jobs.runtime.ingest.parquet_files import ParquetColumn
from jobs.runtime.storage.listing import File


@dataclass(frozen=True)
class ChangeFile:
    """A change file and its columns.

    `fields` are the columns as the file names them, in order; `names` are the matching raw columns, else the field.
    `types` are those that columns have in the file: none if all values are NULL, several if the type changed in it.
    `line` is the CSV header line; None without one. `has_op` tells whether there is a column of operations, for JSON
    whether any change has one. Of JSON, `own_names` are those of the `names` that changes of this file have;
    `is_placed` tells whether every change has its log position, `has_before` whether an update has the row before it,
    `servers` are those that wrote its changes to a binlog; the first file has the number of `control_records` and the
    names of the `tables` of all, and `has_only_tombstones` if these are flattened events in which only Kafka's
    tombstones tell deletes, and the `server_ranges` of the binlog files that several servers wrote; for
    `semantic_types` see kafka_connect_schemas.
    """

    file: File
    kind: str
    line: str | None
    fields: tuple[str, ...]
    names: tuple[str, ...]
    types: Mapping[str, tuple[str, ...]]
    is_placed: bool = False
    has_op: bool = True
    has_before: bool = False
    own_names: tuple[str, ...] = ()
    control_records: int = 0
    has_only_tombstones: bool = False
    tables: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    server_ranges: tuple[Row, ...] = ()
    parquet: tuple[ParquetColumn, ...] = ()
    semantic_types: Mapping[str, Mapping[str, Sequence[int]]] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def has_names(self) -> bool:
        """Whether the file names its fields. A CSV file without a header line does not."""
        return self.kind != "csv" or self.line is not None

    def renamed(self, names: Mapping[str, str]) -> Self:
        """The file with other names of its raw columns."""
        return dataclasses.replace(
            self,
            names=tuple(names[name] for name in self.names),
            own_names=tuple(names[name] for name in self.own_names),
            types={names[name]: kind for name, kind in self.types.items()},
        )
