"""The words in which a table is declared."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructField, StructType

# As Spark's SQL calls them -> as its JSON does.
_IN_JSON = {"tinyint": "byte", "smallint": "short", "int": "integer", "bigint": "long"}


@dataclass(frozen=True)
class Column:
    """One column.

    `type` is a Spark type in its short form: `string`, `long`, `decimal(18,2)`, `timestamp`, `array<string>`, `struct<at:timestamp,by:string>`.
    `required` claims that the column is never NULL; the suite of the table holds the claim, so that a row that
    breaks it refuses the publication instead of ending the job.
    `pii` marks what tells who a person is: it stands in no log, no report and no mail to those who run the jobs.
    """

    name: str
    type: str
    comment: str
    required: bool = False
    pii: bool = False

    @property
    def data_type(self) -> "DataType":
        return _parsed(self.type)

    @property
    def field(self) -> "StructField":
        from pyspark.sql.types import StructField

        return StructField(self.name, self.data_type, metadata={"comment": self.comment})


def _parsed(text: str) -> "DataType":
    """Spark parses such a text itself, but only where a session is up."""
    from pyspark.sql.types import ArrayType, MapType, StructField, StructType

    kind, _, inner = text.partition("<")
    if not inner:
        return StructType().add("column", _IN_JSON.get(text, text)).fields[0].dataType
    parts = re.findall(r"(?:[^,<(]|<.*?>|\(.*?\))+", inner.removesuffix(">"))
    if kind == "struct":
        return StructType([StructField(name, _parsed(of)) for name, _, of in (part.partition(":") for part in parts)])
    return MapType(_parsed(parts[0]), _parsed(parts[1])) if kind == "map" else ArrayType(_parsed(parts[0]))


@dataclass(frozen=True)
class Table:
    """One table: what a row is, what tells rows apart, and how the table is laid out.

    `key` is empty where rows may repeat. `partition` is an Iceberg transform such as `days(event_time)`.
    `time` names the column that says when a row happened, an instant or a calendar day; the data time of a run is read from it.
    `person` names the column that says whose row it is; such rows are found when somebody has to be forgotten.
    `problems` are the reasons for which a row is refused, of a table of such rows.
    `follows` says what the table is to a changing source, where it is one of those: current, aux, history or rejected; `told` is how
    its rows change there, which the lake keeps with the table.
    `is_large` marks a mart that has a row for each thing that happened.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    partition: str = ""
    time: str = ""
    person: str = ""
    problems: tuple[str, ...] = ()
    follows: str = ""
    told: str = ""
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
        """Whether it holds delivered rows that passed every check."""
        return self.stem.startswith("clean_")

    def spelt(self, person: str) -> str:
        """The id of a person as the table has it: a number without its leading zeros."""
        return person if self.types.get(self.person) == "string" else person.lstrip("0") or "0"

    @property
    def partition_column(self) -> str:
        """The column whose days or months are the partitions; empty where there are none."""
        return self.partition.partition("(")[2].removesuffix(")") or self.partition

    @property
    def is_by_instant(self) -> bool:
        """Whether the partitions are of instants, in UTC, and not of calendar days."""
        return self.types.get(self.partition_column) == "timestamp"

    @property
    def day(self) -> str:
        """The column that says on which day a row happened, or came; empty where rows have none."""
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
        """The columns that say something about the world, not about the run that wrote the row."""
        return [name for name in self.names if name not in RUN_COLUMNS]


SOURCE_FILE = Column(
    "source_file", "string", "File that delivered the row: absolute path or URI, percent-decoded.", True
)
RUN_ID = Column("run_id", "string", "Run that took the row in; see ops.runs.", True)
RECEIVED_ON = Column("received_on", "date", "UTC date on which the run started.", True)
RUN_COLUMNS = (SOURCE_FILE.name, RUN_ID.name, RECEIVED_ON.name, "_applied_at")

# What marts of local days have in common.
TIME_ZONE = Column("time_zone", "string", "IANA zone whose midnights bound the local days.", required=True)
PERIOD = (
    Column("period_start", "date", "First local day of the period.", required=True),
    Column("period_end", "date", "Last local day of the period.", required=True),
    TIME_ZONE,
)

# Of a raw table that takes all columns, whatever their names.
OTHER_COLUMNS = Column(
    "other_columns",
    "string",
    "All other columns that the file has, as text: a JSON object by their names. NULL where there are none.",
)

# What the reader adds to each delivered row, for the clean transform to judge.
RAW_LINE = Column("raw_line", "string", "The delivered line as it came.")
MALFORMED = Column(
    "malformed", "boolean", "The line does not have the fields that its header names, or has an odd number of quotes."
)


# Of every delivered row, whatever it tells of.
PROBLEMS = ("truncated_or_malformed", "encoding", "late", "forgotten")


_LINE = "The delivered line, whole; bytes that are no UTF-8 as U+FFFD, NUL as U+2400. NULL where a forgotten person's."


def rejected(name: str, *problems: str, pii: bool = False) -> Table:
    """The table of rows that `clean_x` refused: whole, with all their problems, which are these and those of every delivered row.

    `pii` says that their lines tell who a person is.
    """
    return Table(
        name=name,
        grain="one row per refused row of the input",
        columns=(
            Column(
                RAW_LINE.name,
                "string",
                "The delivered line, whole; bytes that are no UTF-8 as U+FFFD, NUL as U+2400. NULL where a forgotten person's.",
                pii=pii,
            ),
            Column(
                "problems",
                "array<string>",
                "Every reason for which the row was refused; `late` alone is a row that came too late.",
                True,
            ),
            SOURCE_FILE,
            RUN_ID,
            RECEIVED_ON,
        ),
        partition="received_on",
        problems=(*PROBLEMS, *problems),
    )
