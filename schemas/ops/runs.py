"""The effect of each run on each table."""

from schemas.table import Column, Table

RUNS = Table(
    name="ops.runs",
    grain="one row per run, table and report: one at the start, one at the end; the newest row is current",
    columns=(
        Column("run_id", "string", "The run.", required=True),
        Column("job", "string", "Job or pipeline.", required=True),
        Column("table", "string", "Table that the job writes.", required=True),
        Column("runtime_line", "string", "Version of the Glue runtime line: 5.1 or 6.0.", required=True),
        Column("started_at", "timestamp", "Start of the run, UTC wall clock.", required=True),
        Column("finished_at", "timestamp", "End of the run, UTC wall clock; NULL in the start row."),
        Column("rows_read", "long", "Rows in the input files; NULL for tables built from other tables."),
        Column("rows_kept", "long", "New valid rows; NULL like rows_read."),
        Column("rows_rejected", "long", "Rows with a problem; NULL like rows_read."),
        Column("rows_duplicate", "long", "Valid rows that already exist; NULL like rows_read."),
        Column("rows_late", "long", "Valid rows older than max_late_days allows; NULL like rows_read."),
        Column("rows_replaced", "long", "Rows of an earlier delivery replaced by this one; NULL like rows_read."),
        Column("rows_published", "long", "Rows added by the published commit."),
        Column("input_snapshots", "string", "JSON: table read -> Iceberg snapshot."),
        Column("output_snapshot", "long", "Iceberg snapshot that was staged or published."),
        Column(
            "as_of",
            "timestamp",
            "Data time up to which the table was computed, UTC; for a CDC table, the time of its newest change.",
        ),
        Column("clock", "timestamp", "Wall clock used to validate rows, UTC.", required=True),
        Column(
            "status",
            "string",
            "started, published, previewed (by --dry_run), no_change, refused, failed, overtaken or stopped.",
            required=True,
        ),
        Column("message", "string", "Reason for the status, in one line."),
        Column("parameters_json", "string", "JSON: the parameters of the run.", required=True),
        Column("suite_results_json", "string", "JSON: each expectation with expected and observed values."),
        Column(
            "changes_json",
            "string",
            "JSON, for CDC tables: counts of rows inserted, updated and deleted, of changes by kind, and of their "
            "problems and "
            "remarks; NULL for other tables.",
        ),
        Column(
            "dpu_hours_estimate",
            "double",
            "Estimated DPU-hours of the whole run on two G.1X workers; the same in each row of a run.",
        ),
    ),
    partition="months(started_at)",
)
