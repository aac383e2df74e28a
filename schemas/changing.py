"""The words in which a table is declared whose rows change at their source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from schemas.table import Column, Table, rejected

# What the feeds that are known say for: a row of the full load, an insert, an update, a delete, a truncate.
OPS = {
    "": "L",
    "l": "L",
    "load": "L",
    "r": "L",
    "i": "I",
    "insert": "I",
    "c": "I",
    "u": "U",
    "update": "U",
    "d": "D",
    "delete": "D",
    "t": "T",
    "truncate": "T",
}

# Of a delivered change, as text.
RAW_OP = Column("op", "string", "What happened to the row, in the words of the feed; NULL in a full load.")
COMMIT_TS = Column("commit_ts", "string", "When the source committed the change; without a zone it is UTC.")
CHANGE_SEQ = Column(
    "change_seq", "string", "Place of the change among all changes, such as AR_H_CHANGE_SEQ of DMS; compared as text."
)
# What orders changes where nothing else is said.
BY_TIME = (COMMIT_TS.name, CHANGE_SEQ.name)
# As the last of a sequence: the place of the file among files, and of the row in its file.
BY_FILE = "file"
# As history: every column of the source, also those that it gets later.
ALL = ("*",)
# As the type of a column: that of the first files, text where they tell none.
AS_DELIVERED = "void"

SEQ = Column(
    "_seq",
    "struct<commit_ts:timestamp,change_seq:string>",
    "Place of the change in the order of all changes: when it was committed, UTC, then its place among those of that moment.",
    required=True,
)
# Where the feed's own place comes before the time.
BY_PLACE = replace(
    SEQ,
    type="struct<change_seq:string,commit_ts:timestamp>",
    comment="Place of the change in the order of all changes: its place in the feed, then when it was committed, UTC.",
)
OP = Column("_op", "string", "What made the row as it is: L full load, I insert or U update.", required=True)
APPLIED_AT = Column("_applied_at", "timestamp", "Wall clock of the run that applied the change, UTC.", required=True)
AT_SOURCE = "As at the source."
KINDS = ("tombstone", "noop", "truncate", "state")
KIND = Column(
    "kind",
    "string",
    "tombstone: the row was deleted; noop: an update without news for history; truncate: all rows were; state: of each column.",
    True,
)
_TOLD = (
    "grain",
    "key",
    "sequence",
    "history",
    "kept_when_null",
    "is_deleted_softly",
    "tombstone_days",
    "ops",
    "is_tied_by_op",
    "partition",
    "person",
    "reading",
)


@dataclass(frozen=True)
class CdcSource:
    """How the rows of a source change, and what the lake keeps of that.

    `columns` are those of the source, `key` tells rows apart. `sequence` names what orders the changes: `commit_ts` as the first or the
    last, if there is such a time, texts and counters of the feed, and BY_FILE where the place in the files decides. `history` are the columns whose
    change makes a version, or ALL; None keeps no history. In an update a NULL in one of `kept_when_null` leaves what was there.
    `tombstone_days` is how long a deleted row is remembered, 0 for ever. `reading` is how the files are to be read, where no run says it.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sequence: tuple[str, ...] = BY_TIME
    history: tuple[str, ...] | None = None
    kept_when_null: tuple[str, ...] = ()
    is_deleted_softly: bool = False
    tombstone_days: int = 7
    ops: Mapping[str, str] = field(default_factory=lambda: OPS)
    is_tied_by_op: bool = False
    partition: str = ""
    person: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.history is not None and self.kept_when_null:
            raise ValueError(f"{self.name}: history wants whole rows, and kept_when_null says that updates are not")
        if self.is_deleted_softly and self.kept_when_null:
            raise ValueError(
                f"{self.name}: a row that is deleted softly shows its last values, and kept_when_null says that updates leave some out"
            )
        if COMMIT_TS.name in self.sequence[1:-1]:
            raise ValueError(f"{self.name}: sequence {','.join(self.sequence)}: commit_ts is the first or the last")
        if self.history is not None and not self.has_commit_ts and self.sequence != (BY_FILE,):
            raise ValueError(
                f"{self.name}: history says from when to when a row was so, and sequence {','.join(self.sequence)} knows no times"
            )

    @property
    def payload(self) -> list[str]:
        return [column.name for column in self.columns if column.name not in self.key]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def types(self) -> dict[str, str]:
        return {column.name: column.data_type.simpleString() for column in self.columns}

    @property
    def versioned(self) -> list[str]:
        """The columns whose change makes a version."""
        return self.payload if self.history == ALL else list(self.history or ())

    @property
    def told(self) -> str:
        """All but the columns, as JSON: the lake keeps it with the table."""
        return json.dumps({name: getattr(self, name) for name in _TOLD})

    @staticmethod
    def retold(name: str, told: str, types: Mapping[str, str]) -> "CdcSource":
        """What was told, with the columns that the table has in the lake."""
        words: dict[str, Any] = {
            word: tuple(said) if isinstance(said, list) else said for word, said in json.loads(told).items()
        }
        declared = CdcSource(name, columns=(), **words)
        columns = tuple(
            Column(column, kind, AT_SOURCE)
            for column, kind in types.items()
            if column not in {mark.name for mark in declared._marks}
        )
        return replace(declared, columns=columns)

    @property
    def marks(self) -> set[str]:
        """The names of the columns that are ours, in the table or beside it."""
        kept = [self.current, self.aux, *([self.versions] if self.versions else [])]
        return {name for table in kept for name in table.names} - {*self.names}

    @property
    def seq(self) -> Column:
        return SEQ if not self.has_commit_ts or self.sequence[0] == COMMIT_TS.name else BY_PLACE

    @property
    def places(self) -> tuple[str, ...]:
        """The fields of `seq`, the one that counts first first."""
        return (CHANGE_SEQ.name, COMMIT_TS.name) if self.seq == BY_PLACE else (COMMIT_TS.name, CHANGE_SEQ.name)

    @property
    def has_commit_ts(self) -> bool:
        return COMMIT_TS.name in self.sequence

    @property
    def raw(self) -> Table:
        """A change as it is delivered: the columns of the source as text, after those that say what happened and when."""
        control = [RAW_OP, *([COMMIT_TS] if self.has_commit_ts else [])]
        others = [
            Column(name, "string", "Place of the change among others.")
            for name in self.sequence
            if name not in (COMMIT_TS.name, CHANGE_SEQ.name, BY_FILE)
        ]
        ordered = [CHANGE_SEQ] if CHANGE_SEQ.name in self.sequence else []
        source = [replace(column, type="string", required=column.name in self.key) for column in self.columns]
        known = {column.name: column for column in (*control, *others, *source, *ordered)}
        return Table(
            self._beside("raw_"),
            f"one row per change of {self.grain.removeprefix('one row per ')}",
            tuple(known.values()),
        )

    @property
    def current(self) -> Table:
        """The rows as they are at the source now."""
        columns = (*self._source, *self._marks)
        return Table(
            self.name,
            self.grain,
            columns,
            key=self.key,
            partition=self.partition,
            person=self.person,
            follows="current",
            told=self.told,
        )

    @property
    def versions(self) -> Table | None:
        """The rows as they were, version by version."""
        if self.history is None:
            return None
        times = (
            Column("valid_from", "timestamp", "From when on the row was so, UTC.", required=True),
            Column("valid_to", "timestamp", "Until when, UTC, itself not included; NULL while it is so."),
            Column("is_current", "boolean", "Whether it is so now.", required=True),
            self.seq,
            replace(
                self.seq,
                name="_seq_to",
                comment="Place of the change that ended it; NULL while it is so.",
                required=False,
            ),
            APPLIED_AT,
        )
        grain = f"one row per version of {self.grain.removeprefix('one row per ')}"
        return Table(
            f"{self.name}_history",
            grain,
            (*self._source, *times),
            key=(*self.key, SEQ.name),
            person=self.person,
            follows="history",
        )

    @property
    def aux(self) -> Table:
        """What must be remembered besides, so that the order in which changes arrive does not matter."""
        optional = tuple(replace(column, required=False) for column in self.columns)
        seqs = Column(
            "_seqs", f"map<string,{self.seq.type}>", "Of a state: column -> place of the change that gave its value."
        )
        places = tuple(
            replace(self.seq, name=f"_{what}_seq", comment=f"Of a state: place of the last {what}.", required=False)
            for what in ("upsert", "insert", "delete")
        )
        more = (seqs, *places) if self.kept_when_null else ()
        columns = (*optional, self.seq, KIND, *more, APPLIED_AT)
        return Table(
            f"{self.name}_aux",
            f"one row per change that {self.name} must remember",
            columns,
            person=self.person,
            follows="aux",
        )

    @property
    def rejected(self) -> Table:
        return replace(rejected(self._beside("rejected_")), follows="rejected")

    @property
    def tables(self) -> list[Table]:
        """All that the lake keeps, in the order in which it is published."""
        return [self.current, self.aux, *([self.versions] if self.versions else []), self.rejected]

    @property
    def _marks(self) -> tuple[Column, ...]:
        deleted = (
            Column("_is_deleted", "boolean", "Whether the row was deleted at the source.", required=True),
            Column("_deleted_at", "timestamp", "When it was, UTC."),
        )
        partial = (
            Column(
                "_incomplete",
                "boolean",
                "Whether only updates of the row have come: what they left out is not known.",
                required=True,
            ),
        )
        return (
            self.seq,
            OP,
            APPLIED_AT,
            *(deleted if self.is_deleted_softly else ()),
            *(partial if self.kept_when_null else ()),
        )

    @property
    def _source(self) -> tuple[Column, ...]:
        return tuple(replace(column, required=column.name in self.key) for column in self.columns)

    def _beside(self, prefix: str) -> str:
        domain, _, stem = self.name.partition(".")
        return f"{domain}.{prefix}{stem}"
