"""Which files were taken in, by which run."""

from schemas.table import Column, Table

FILES = Table(
    name="ops.files",
    grain="one row per file and change of state; the newest row of a table and path counts",
    columns=(
        Column("table", "string", "Clean table that the file feeds.", required=True),
        Column("path", "string", "Absolute path or URI, percent-decoded.", required=True),
        Column("bytes", "long", "Size of the file, in bytes.", required=True),
        Column("version", "string", "ETag, or time of the last change in nanoseconds since 1970.", required=True),
        Column("run_id", "string", "Run that took it.", required=True),
        Column("state", "string", "staging, taken or void.", required=True),
        Column("recorded_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
        Column("rows", "long", "Rows in the file; NULL while staging."),
        Column("first_day", "date", "UTC day of its earliest good row; NULL where there is none."),
        Column("last_day", "date", "UTC day of its latest good row; NULL where there is none."),
        Column("duplicates", "long", "Good rows of it that were there already; NULL while staging."),
    ),
)
