"""What every run did to every table."""

from schemas.table import Column, Table

RUNS = Table(
    name="ops.runs",
    grain="one row per run, table and report: one at the start, one at the end; the newest counts",
    columns=(
        Column("run_id", "string", "The run.", required=True),
        Column("job", "string", "Job or pipeline that ran.", required=True),
        Column("table", "string", "Table that it makes.", required=True),
        Column("runtime_line", "string", "Version of the Glue runtime line: 5.1 or 6.0.", required=True),
        Column("started_at", "timestamp", "Start of the run, UTC wall clock.", required=True),
        Column("finished_at", "timestamp", "End of the run, UTC wall clock; NULL in the row of the start."),
        Column("rows_read", "long", "Rows of the input files; NULL for a table that reads tables."),
        Column("rows_kept", "long", "Rows that were new and good; NULL as rows_read."),
        Column("rows_rejected", "long", "Rows with a problem; NULL as rows_read."),
        Column("rows_duplicate", "long", "Good rows that are there already; NULL as rows_read."),
        Column("rows_late", "long", "Good rows older than max_late_days allows; NULL as rows_read."),
        Column(
            "rows_replaced", "long", "Rows of an earlier delivery that this one took the place of; NULL as rows_read."
        ),
        Column("rows_published", "long", "Rows that the published commit added."),
        Column("input_snapshots", "string", "JSON: table read -> Iceberg snapshot."),
        Column("output_snapshot", "long", "Iceberg snapshot that was staged or published."),
        Column(
            "as_of",
            "timestamp",
            "Data time up to which the answer was asked, UTC; of a table that follows a source, that of its newest change.",
        ),
        Column("clock", "timestamp", "Wall clock that rows were judged by, UTC.", required=True),
        Column(
            "status",
            "string",
            "started, published, previewed (by --dry_run), no_change, refused, failed, overtaken or stopped.",
            required=True,
        ),
        Column("message", "string", "Why it ended so, in one line."),
        Column("parameters_json", "string", "JSON: the parameters of the run.", required=True),
        Column("suite_results_json", "string", "JSON: each expectation with what was expected and observed."),
        Column(
            "changes_json",
            "string",
            "JSON, of a table that follows a source: how many rows were inserted, updated, deleted, changes of each kind came, and which problems and "
            "remarks they had; NULL for others.",
        ),
        Column(
            "dpu_hours_estimate",
            "double",
            "DPU-hours the whole run would take on two G.1X workers; the same in each row of a run.",
        ),
    ),
    partition="months(started_at)",
)
