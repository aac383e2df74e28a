"""`Table` and `Column`: the declaration of a table."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructField, StructType

# Type name in Spark SQL -> in Spark's JSON schemas.
_JSON_NAMES = {"tinyint": "byte", "smallint": "short", "int": "integer", "bigint": "long"}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    `type` is a Spark type in its short form: `string`, `long`, `decimal(18,2)`, `timestamp`, `array<string>`,
    `struct<at:timestamp,by:string>`.
    `required` declares that the column is never NULL. The suite of the table checks it, so a NULL blocks the
    publication instead of failing the job.
    `pii` marks personal data: it appears in no log, no report and no mail to operators.
    """

    name: str
    type: str
    comment: str
    required: bool = False
    pii: bool = False

    @property
    def data_type(self) -> "DataType":
        return _parse_type(self.type)

    @property
    def field(self) -> "StructField":
        from pyspark.sql.types import StructField

        return StructField(self.name, self.data_type, metadata={"comment": self.comment})


def _parse_type(text: str) -> "DataType":
    """Parse a type without a Spark session, which Spark's own parser needs."""
    from pyspark.sql.types import ArrayType, MapType, StructField, StructType

    kind, _, inner = text.partition("<")
    if not inner:
        return StructType().add("column", _JSON_NAMES.get(text, text)).fields[0].dataType
    parts = re.findall(r"(?:[^,<(]|<.*?>|\(.*?\))+", inner.removesuffix(">"))
    if kind == "struct":
        return StructType(
            [StructField(name, _parse_type(kind)) for name, _, kind in (part.partition(":") for part in parts)]
        )
    return MapType(_parse_type(parts[0]), _parse_type(parts[1])) if kind == "map" else ArrayType(_parse_type(parts[0]))


@dataclass(frozen=True)
class Table:
    """A table: its grain, key, columns and layout.

    `key` is empty if rows may repeat. `partition` is an Iceberg transform such as `days(event_time)`.
    `time` is the event-time column, an instant or a calendar day; the as_of of a run is derived from it.
    `person` is the column with the id of the person a row is about, `repeated_person` that of another person whose
    words the row repeats; erasure finds rows by both.
    `problems` lists the possible problems of a row; set for rejected tables only.
    `cdc_role` is the role of the table for a `CdcSource`: current, aux, history or rejected; empty for other tables.
    `declaration` is the `CdcSource.declaration`, which the lake stores with the current table.
    `is_large` marks a mart with one row per event.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    partition: str = ""
    time: str = ""
    person: str = ""
    repeated_person: str = ""
    problems: tuple[str, ...] = ()
    cdc_role: str = ""
    declaration: str = ""
    is_large: bool = False

    @property
    def domain(self) -> str:
        return self.name.partition(".")[0]

    @property
    def stem(self) -> str:
        """The name without its domain: the file stem of the table in every tree."""
        return self.name.rpartition(".")[2]

    @property
    def is_clean(self) -> bool:
        """Whether the table holds the validated rows of delivered files."""
        return self.stem.startswith("clean_")

    @property
    def persons(self) -> tuple[str, ...]:
        """The columns with ids of persons, first `person`. No metadata and no result of a check has their values."""
        return tuple(filter(None, (self.person, self.repeated_person)))

    def normalise_person(self, person: str) -> str:
        """The id of a person as the table stores it: numeric ids lose their leading zeros."""
        return person if self.types.get(self.person) == "string" else person.lstrip("0") or "0"

    @property
    def partition_column(self) -> str:
        """The source column of the partition transform; empty for an unpartitioned table."""
        return self.partition.partition("(")[2].removesuffix(")") or self.partition

    @property
    def is_by_instant(self) -> bool:
        """Whether the partition column is an instant, in UTC, rather than a calendar day."""
        return self.types.get(self.partition_column) == "timestamp"

    @property
    def day(self) -> str:
        """The column with the day of a row: its event time, else the day it was received; empty if there is neither."""
        return self.time or (RECEIVED_ON.name if RECEIVED_ON.name in self.names else "")

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def struct(self) -> "StructType":
        from pyspark.sql.types import StructType

        return StructType([column.field for column in self.columns])

    @cached_property
    def types(self) -> dict[str, str]:
        return {column.name: column.data_type.simpleString() for column in self.columns}

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    @property
    def pii(self) -> list[str]:
        return [column.name for column in self.columns if column.pii]

    @property
    def data_columns(self) -> list[str]:
        """The columns other than those that describe the run that wrote the row."""
        return [name for name in self.names if name not in RUN_COLUMNS]


SOURCE_FILE = Column(
    "source_file", "string", "File that delivered the row: absolute path or URI, percent-decoded.", True
)
RUN_ID = Column("run_id", "string", "Run that ingested the row; see ops.runs.", True)
RECEIVED_ON = Column("received_on", "date", "UTC date on which the run started.", True)
RUN_COLUMNS = (SOURCE_FILE.name, RUN_ID.name, RECEIVED_ON.name, "_applied_at", "analysed_at")

# Columns of marts by local day.
TIME_ZONE = Column("time_zone", "string", "IANA zone whose midnights bound the local days.", required=True)
PERIOD = (
    Column("period_start", "date", "First local day of the period.", required=True),
    Column("period_end", "date", "Last local day of the period.", required=True),
    TIME_ZONE,
)

# For raw tables that accept any column.
OTHER_COLUMNS = Column(
    "other_columns",
    "string",
    "All other columns of the file: a JSON object of name to text. NULL if there are none.",
)

# Columns that the reader adds to each delivered row, for the checks of the clean transform.
RAW_LINE = Column("raw_line", "string", "The delivered line, unchanged.")
MALFORMED = Column(
    "malformed", "boolean", "Whether the fields of the line do not match its header, or its quotes are unbalanced."
)


# Problems that any delivered row can have.
PROBLEMS = ("truncated_or_malformed", "encoding", "late", "forgotten")


def rejected(name: str, *problems: str, pii: bool = False) -> Table:
    """The table of the rows that `clean_x` rejected: complete, with all their problems.

    `problems` are added to those that any delivered row can have. `pii` marks the lines as personal data.
    """
    return Table(
        name=name,
        grain="one row per rejected row of the input",
        columns=(
            Column(
                RAW_LINE.name,
                "string",
                "The complete delivered line; invalid UTF-8 as U+FFFD, NUL as U+2400. NULL for a forgotten person.",
                pii=pii,
            ),
            Column(
                "problems",
                "array<string>",
                "Every reason why the row was rejected; `late` alone marks a row that arrived too late.",
                True,
            ),
            SOURCE_FILE,
            RUN_ID,
            RECEIVED_ON,
        ),
        partition="received_on",
        problems=(*PROBLEMS, *problems),
    )
