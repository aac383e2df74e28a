"""Columns that Weir adds to the tables of a CDC source."""

from dataclasses import replace

from schemas.table import Column

SEQ = Column(
    "_seq",
    "struct<commit_ts:timestamp,change_seq:string>",
    "Position of the change among all changes: commit time, UTC, then its sequence among the changes of that time.",
    required=True,
)
# For sources whose own sequence sorts before the commit time.
FEED_FIRST_SEQ = replace(
    SEQ,
    type="struct<change_seq:string,commit_ts:timestamp>",
    comment="Position of the change among all changes: its sequence in the feed, then commit time, UTC.",
)
OP = Column(
    "_op",
    "string",
    "Operation that produced the row: L full load, I insert, U update, D delete (soft deletes only).",
    True,
)
APPLIED_AT = Column("_applied_at", "timestamp", "Wall clock of the run that applied the change, UTC.", required=True)
SOURCE_COMMENT = "As in the source."
KINDS = ("tombstone", "noop", "truncate", "state", "partial", "extract")
KIND = Column(
    "kind",
    "string",
    "tombstone: deleted row; noop: change that no version shows; truncate: all rows removed; state: values of a row; "
    "partial: update that left columns as they were; extract: all rows at a time, of which missing ones were deleted.",
    True,
)
# Of a source with soft deletes.
SOFT_DELETE_COLUMNS = (
    Column("_is_deleted", "boolean", "Whether the row was deleted at the source.", required=True),
    Column("_deleted_at", "timestamp", "When the row was deleted, UTC; NULL if it was not."),
)
# Of a source with partial updates.
INCOMPLETE = Column(
    "_incomplete",
    "boolean",
    "Whether only partial updates of the row have arrived: columns that they left out are unknown.",
    required=True,
)
# Of the aux table of a source with partial updates and history.
UNCHANGED = Column("_unchanged", "array<string>", "For a partial: the columns that the update left as they were.")

# Names that changes have on their way to the tables, beside those with a leading underscore: no column of a source is
# stored under them.
RESERVED = frozenset(
    (
        *("op", "commit_ts", "change_seq", "kind", "source_file", "raw_line", "malformed", "row_no"),
        *("problems", "remarks", "is_derived", "has_broken_text", "has_time", "outcome", "is_last", "line"),
        *("was", "is", "one", "other", "other_file", "other_row", "was_gone", "row_seq", "row_op", "gone_seq"),
        *("is_there", "truncate_seq", "truncate_before", "is_old", "floor"),
    )
)


def history_columns(seq: Column) -> tuple[Column, ...]:
    """The columns of a history table beside those of the source; `seq` is the position column of the source."""
    return (
        Column("valid_from", "timestamp", "Start of the version, UTC, inclusive.", required=True),
        Column("valid_to", "timestamp", "End of the version, UTC, exclusive; NULL while it is current."),
        Column("is_current", "boolean", "Whether the version is the current one.", required=True),
        seq,
        replace(
            seq,
            name="_seq_to",
            comment="Position of the change that ended the version; NULL while it is current.",
            required=False,
        ),
        APPLIED_AT,
    )


def state_columns(seq: Column) -> tuple[Column, ...]:
    """The columns of a `state`, in the aux table of a source with partial updates."""
    return (
        Column("_seqs", f"map<string,{seq.type}>", "For a state: column -> position of the change that set its value."),
        *(
            replace(seq, name=f"_{name}_seq", comment=f"For a state: position of the last {change}.", required=False)
            for name, change in (
                ("upsert", "insert or update"),
                ("insert", "change that set every column"),
                ("delete", "delete"),
            )
        ),
    )
