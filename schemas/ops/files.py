"""Which files were taken in, by which run."""

from schemas.table import Column, Table

FILES = Table(
    name="ops.files",
    grain="one row per file and change of state; of a table and path the newest row counts that is taken or withdrawn",
    columns=(
        Column("table", "string", "Clean table that the file feeds.", required=True),
        Column("path", "string", "Absolute path or URI, percent-decoded.", required=True),
        Column("bytes", "long", "Size of the file, in bytes.", required=True),
        Column("version", "string", "ETag, or time of the last change in nanoseconds since 1970.", required=True),
        Column("run_id", "string", "Run that took it, or withdrew it.", required=True),
        Column(
            "state",
            "string",
            "staging or withdrawing while its run works; then taken, withdrawn or void; undone when lake.restore went back to before its run.",
            required=True,
        ),
        Column("recorded_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
        Column("rows", "long", "Rows in the file."),
        Column("first_day", "date", "UTC day of its earliest good row; NULL where there is none."),
        Column("last_day", "date", "UTC day of its latest good row; NULL where there is none."),
        Column(
            "duplicates",
            "long",
            "Good rows of it that others brought, or it itself twice; NULL while staging, and where its run was killed.",
        ),
    ),
)
