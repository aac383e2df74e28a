"""The files that were ingested, and by which run."""

from schemas.table import Column, Table

FILES = Table(
    name="ops.files",
    grain="one row per file and change of state; for a table and path, the newest taken or withdrawn row is current",
    columns=(
        Column("table", "string", "Clean table that the file feeds.", required=True),
        Column("path", "string", "Absolute path or URI, percent-decoded.", required=True),
        Column("bytes", "long", "Size of the file, in bytes.", required=True),
        Column("version", "string", "ETag, or modification time in nanoseconds since 1970.", required=True),
        Column("run_id", "string", "Run that ingested or withdrew the file.", required=True),
        Column(
            "state",
            "string",
            "staging or withdrawing while the run is in progress, then taken, withdrawn or void; "
            "undone if lake.restore rolled back the run.",
            required=True,
        ),
        Column("recorded_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
        Column("rows", "long", "Rows in the file."),
        Column("first_day", "date", "UTC day of its earliest valid row; NULL if there is none."),
        Column("last_day", "date", "UTC day of its latest valid row; NULL if there is none."),
        Column(
            "duplicates",
            "long",
            "Valid rows that repeat rows of other files or of this file; NULL while staging and if the run was killed.",
        ),
    ),
)
