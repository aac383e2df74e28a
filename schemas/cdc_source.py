"""`CdcSource`: declares a source table whose changes the lake applies, and derives the tables of the lake from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from schemas.cdc_columns import (
    APPLIED_AT,
    FEED_FIRST_SEQ,
    INCOMPLETE,
    KIND,
    OP,
    RESERVED,
    SEQ,
    SOFT_DELETE_COLUMNS,
    SOURCE_COMMENT,
    UNCHANGED,
    history_columns,
    state_columns,
)
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, OPS, RAW_OP
from schemas.table import Column, Table, rejected

# The default sequence.
BY_TIME = (COMMIT_TS.name, CHANGE_SEQ.name)
# As the last element of a sequence: the order of the files, then of the rows in a file. Elsewhere a column.
BY_FILE = "file"
# Of a column whose name is taken or reserved.
PREFIX = "source_"
# Value of `history`: every column of the source, including columns that are added later.
ALL_COLUMNS = ("*",)

_DECLARED = (
    "grain",
    "key",
    "sequence",
    "history",
    "ignore_null_updates",
    "has_soft_deletes",
    "tombstone_days",
    "ops",
    "is_tied_by_op",
    "partition",
    "person",
    "reading",
)


@dataclass(frozen=True)
class CdcSource:
    """A source table, the order of its changes, and what the lake keeps of them.

    `columns` are the columns of the source; `key` is its primary key.
    `sequence` lists what orders the changes: `commit_ts` first or last, if the feed has it; text or numeric columns of
    the feed; at last BY_FILE for the order of the files.
    `history` lists the columns whose change starts an SCD2 version, or is ALL_COLUMNS; None keeps no history.
    `ignore_null_updates` lists the columns in which a NULL of an update keeps the stored value, or is ALL_COLUMNS.
    `tombstone_days` is the retention of tombstones, in days; 0 keeps them forever.
    `ops` maps the operation names of the feed to L, I, U, D, T or B, see OPS.
    `is_tied_by_op` orders changes with an equal sequence: full load, insert, update, delete.
    `reading` holds the default read options of the files; the options of a run take precedence.
    `has_placeholders` tells whether updates have come with placeholders for values that did not change.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sequence: tuple[str, ...] = BY_TIME
    history: tuple[str, ...] | None = None
    ignore_null_updates: tuple[str, ...] = ()
    has_soft_deletes: bool = False
    tombstone_days: int = 7
    ops: Mapping[str, str] = field(default_factory=lambda: OPS)
    is_tied_by_op: bool = False
    partition: str = ""
    person: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)
    has_placeholders: bool = False

    def __post_init__(self) -> None:
        if COMMIT_TS.name in self.sequence[1:-1]:
            raise ValueError(f"{self.name}: sequence {','.join(self.sequence)}: commit_ts must be first or last")
        if self.history is not None and not self.has_commit_ts and self.sequence != (BY_FILE,):
            raise ValueError(
                f"{self.name}: history needs commit times, but sequence {','.join(self.sequence)} has none"
            )

    @property
    def payload(self) -> list[str]:
        """The columns outside the key."""
        return [column.name for column in self.columns if column.name not in self.key]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def types(self) -> dict[str, str]:
        return {column.name: column.data_type.simpleString() for column in self.columns}

    @property
    def versioned_columns(self) -> list[str]:
        """The columns whose change starts a version."""
        return self.payload if self.history == ALL_COLUMNS else list(self.history or ())

    @property
    def declaration(self) -> str:
        """Everything except the columns, as JSON; the lake stores it as a table property."""
        return json.dumps({name: getattr(self, name) for name in _DECLARED})

    @staticmethod
    def from_declaration(name: str, declaration: str, types: Mapping[str, str]) -> "CdcSource":
        """The source of a stored declaration and the column types of its table in the lake."""
        options: dict[str, Any] = {
            option: tuple(value) if isinstance(value, list) else value
            for option, value in json.loads(declaration).items()
        }
        options["ops"] = {**OPS, **options["ops"]}
        declared = CdcSource(name, columns=(), has_placeholders=INCOMPLETE.name in types, **options)
        control_columns = {column.name for column in declared._control_columns}
        columns = tuple(
            Column(column, kind, SOURCE_COMMENT) for column, kind in types.items() if column not in control_columns
        )
        return replace(declared, columns=columns)

    def stored_name(self, name: str) -> str:
        """The name of a column of the source in the lake: `source_<name>` if the name is taken or reserved."""
        versions = () if self.history is None else history_columns(self.seq)
        is_taken = name.startswith("_") or name.lower() in {*RESERVED, *(column.name for column in versions)}
        return f"{PREFIX}{name}" if is_taken else name

    @property
    def seq(self) -> Column:
        return SEQ if not self.has_commit_ts or self.sequence[0] == COMMIT_TS.name else FEED_FIRST_SEQ

    @property
    def seq_fields(self) -> tuple[str, ...]:
        """The fields of `seq`, most significant first."""
        return (CHANGE_SEQ.name, COMMIT_TS.name) if self.seq == FEED_FIRST_SEQ else (COMMIT_TS.name, CHANGE_SEQ.name)

    @property
    def null_keeps(self) -> list[str]:
        """The columns in which a NULL of an update keeps the stored value."""
        return self.payload if self.ignore_null_updates == ALL_COLUMNS else list(self.ignore_null_updates)

    @property
    def has_partial_updates(self) -> bool:
        """Whether updates may leave columns as they were: the lake keeps the position of each value."""
        return self.has_placeholders or bool(self.ignore_null_updates)

    @property
    def feed_columns(self) -> tuple[str, ...]:
        """The columns of the feed in the sequence, beside commit_ts and change_seq."""
        columns = self.sequence[:-1] if self.sequence[-1] == BY_FILE else self.sequence
        return tuple(name for name in columns if name not in (COMMIT_TS.name, CHANGE_SEQ.name))

    @property
    def has_commit_ts(self) -> bool:
        return COMMIT_TS.name in self.sequence

    @property
    def raw(self) -> Table:
        """Schema of a delivered change: the control columns of the feed, then the source columns, all as text."""
        control = [RAW_OP, *([COMMIT_TS] if self.has_commit_ts else [])]
        ordering = [Column(name, "string", "Orders the changes of the feed.") for name in self.feed_columns]
        change_seq = [CHANGE_SEQ] if CHANGE_SEQ.name in self.sequence else []
        source = [replace(column, type="string", required=column.name in self.key) for column in self.columns]
        columns = {column.name: column for column in (*control, *ordering, *source, *change_seq)}
        return Table(
            self._sibling("raw_"),
            f"one row per change of {self.grain.removeprefix('one row per ')}",
            tuple(columns.values()),
        )

    @property
    def current(self) -> Table:
        """The table of current rows: one row per key, as in the source."""
        columns = (*self._source_columns, *self._control_columns)
        return Table(
            self.name,
            self.grain,
            columns,
            key=self.key,
            partition=self.partition,
            person=self.person,
            cdc_role="current",
            declaration=self.declaration,
        )

    @property
    def versions(self) -> Table | None:
        """The SCD2 history table; None without history."""
        if self.history is None:
            return None
        grain = f"one row per version of {self.grain.removeprefix('one row per ')}"
        return Table(
            f"{self.name}_history",
            grain,
            (*self._source_columns, *history_columns(self.seq)),
            key=(*self.key, SEQ.name),
            person=self.person,
            cdc_role="history",
        )

    @property
    def aux(self) -> Table:
        """The table of tombstones and other KINDS: with it, the order of arrival does not matter."""
        optional = tuple(replace(column, required=False) for column in self.columns)
        state = state_columns(self.seq) if self.has_partial_updates else ()
        if state and self.history is not None:
            state = (*state, UNCHANGED)
        columns = (*optional, self.seq, KIND, *state, APPLIED_AT)
        return Table(
            f"{self.name}_aux",
            f"one row per tombstone, noop, truncate, state, partial update or full extract of {self.name}",
            columns,
            person=self.person,
            cdc_role="aux",
        )

    @property
    def rejected(self) -> Table:
        """The table of rejected changes."""
        return replace(rejected(self._sibling("rejected_")), cdc_role="rejected")

    @property
    def tables(self) -> list[Table]:
        """The tables of the lake, in publishing order."""
        return [self.current, self.aux, *([self.versions] if self.versions else []), self.rejected]

    @property
    def _control_columns(self) -> tuple[Column, ...]:
        return (
            self.seq,
            OP,
            APPLIED_AT,
            *(SOFT_DELETE_COLUMNS if self.has_soft_deletes else ()),
            *((INCOMPLETE,) if self.has_partial_updates else ()),
        )

    @property
    def _source_columns(self) -> tuple[Column, ...]:
        return tuple(replace(column, required=column.name in self.key) for column in self.columns)

    def _sibling(self, prefix: str) -> str:
        domain, _, stem = self.name.partition(".")
        return f"{domain}.{prefix}{stem}"
