"""Parameters shared by several jobs, and the parameters of each kind of job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.runtime.job import Declaration, Kind, Parameter, Scope
from jobs.runtime.option_types import (
    address,
    as_of,
    boolean,
    calendar_date,
    changes_drift,
    character,
    columns,
    comma_separated,
    country_codes,
    drift,
    instant,
    lake_location,
    location,
    locations,
    mail_address,
    new_file,
    new_folder,
    number_between,
    one_of,
    recipients,
    server,
    share,
    time_zone,
    whole_number,
    zones,
)

# Option types re-exported for domains, which import only this module, job and run of the runtime.
__all__ = ["calendar_date", "comma_separated", "country_codes", "location", "number_between", "one_of"]
__all__ += ["whole_number", "zones"]

# Glue's own job parameters. They are ignored when the same command line runs elsewhere.
GLUE_NAMES = frozenset(
    """JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION TempDir RedshiftTempDir additional-python-modules
    auto-scale-within-microbatch class conf continuation-option customer-driver-env-vars datalake-formats debug
    enable-auto-scaling enable-continuous-cloudwatch-log enable-data-lineage enable-glue-datacatalog enable-metrics
    enable-observability-metrics enable-spark-ui encryption-type endpoint extra-files extra-jars extra-py-files
    job-bookmark-from job-bookmark-option job-bookmark-to job-language mode python-modules-installer-option
    python-virtual-env python-virtual-env-storage-prefix python-virtual-env-version spark-event-logs-path
    user-jars-first""".split()  # noqa: SIM905
)

# The value of this parameter is an option of pip, such as --no-index.
TAKES_AN_OPTION = "python-modules-installer-option"

# Glue passes a value with every parameter, so a flag also accepts true or false.
FLAG: Mapping[str, Any] = {"nargs": "?", "const": True, "type": boolean, "metavar": "true|false"}

# A number of days, up to a hundred years.
A_SPAN = number_between(1, 36_500)

TIME_ZONE = Parameter("time_zone", time_zone, "UTC", "IANA time zone of the local days")
AS_OF = Parameter(
    "as_of",
    as_of,
    None,
    "event time up to which results are computed: an instant with offset, a date (its end) or now;"
    " default: end of the newest local day",
)
PERIOD_DAYS = Parameter(
    "period_days", A_SPAN, 28, "whole local days before as_of to analyse; the period never starts before the first day"
)

WHERE = (
    Parameter(
        "lake",
        lake_location,
        help="folder of the lake, which the first run creates; or s3://<bucket>/<prefix>",
        is_required=True,
    ),
    Parameter(
        "catalog",
        str,
        None,
        "catalog of a lake that is not a local folder: glue, or a file of Iceberg catalog properties",
    ),
    Parameter(
        "endpoint_url",
        address,
        None,
        "endpoint of an S3-compatible object store, and of its Glue catalog if it has one;"
        " default: AWS_ENDPOINT_URL, else AWS",
    ),
    Parameter(
        "path_style",
        bool,
        False,
        "use path-style bucket URLs, which most object stores other than S3 require",
    ),
)
# For jobs and commands that need a lake which is already there.
EXISTING = (replace(WHERE[0], help="folder of the lake, or s3://<bucket>/<prefix>"), *WHERE[1:])
CLOCK = Parameter("clock", instant, None, "wall clock time used to check rows; default: now")
NOTICES = (
    Parameter(
        "notify",
        recipients,
        [],
        "recipients to notify when the run is refused or fails, separated by commas:"
        " e-mail addresses, ARNs of SNS topics, print; each is notified once",
    ),
    Parameter(
        "mail_server",
        server,
        None,
        "mail server with STARTTLS: smtp.example.com, or smtp.example.com:<port> (default: 587)",
    ),
    Parameter("mail_from", mail_address, None, "sender address of mails"),
    Parameter(
        "mail_secret",
        str,
        None,
        "secret in AWS Secrets Manager with the username and password of the mail server;"
        " default: WEIR_MAIL_USER and WEIR_MAIL_PASSWORD",
    ),
)
DRY_RUN = Parameter("dry_run", bool, False, "print what would change in each table and period, without publishing")
EVERY_RUN = (
    *WHERE,
    *NOTICES,
    CLOCK,
    DRY_RUN,
    Parameter("full", bool, False, "rebuild every mart in full"),
    Parameter("from", calendar_date, None, "rebuild the marts from this local day on, even if nothing changed"),
    Parameter("to", calendar_date, None, "rebuild the marts up to this local day, even if nothing changed"),
    Parameter(
        "export",
        new_folder,
        None,
        "also export the tables of the run as files to this folder, local or s3://",
    ),
    Parameter("export_format", one_of("csv", "json", "parquet"), "csv", "format of the exported files"),
    Parameter(
        "summary_json", new_file, None, "also write the summary of the run to this file, or to s3://<bucket>/<key>"
    ),
)
REPORT = Parameter(
    "report",
    new_file,
    None,
    "path of the HTML report; default: report.html in the folder of the lake, or report_<board>.html",
)
FILES = (
    Parameter("input", str, help="folder, file or glob of the delivered files, local or s3://", is_required=True),
    Parameter("columns", columns, {}, "other column names of the files: <column>=<name in the files>,..."),
    Parameter("delimiter", character, ",", "field delimiter of CSV files"),
    Parameter("no_header", bool, False, "CSV files have no header; their columns are as in the raw table, or --types"),
    Parameter(
        "multi_line",
        bool,
        False,
        "quoted fields of CSV files may contain line breaks; an unclosed quote then loses the rest of its file",
    ),
    Parameter(
        "drift",
        drift,
        {},
        "policy for files whose columns differ from the raw table: added=ignore or fail,"
        " missing=apply (as NULL) or fail",
    ),
    Parameter(
        "withdraw",
        locations,
        None,
        "files to withdraw, separated by commas: their rows are removed, and rows dropped as duplicates of them return",
    ),
    Parameter("allow_empty", bool, False, "end with exit code 0, not 2, when the input has no rows"),
    Parameter(
        "max_file_bytes",
        whole_number,
        None,
        "end the run with exit code 2 if a file is larger, measured uncompressed; default: no limit",
    ),
    Parameter("max_rejected_share", share, 0.05, "refuse the run if a larger share of its rows is rejected"),
)
# Parameters that override or extend FILES when the files hold changes of a source.
CHANGES = (
    Parameter("null_text", str, "NULL", "text of a NULL field in CSV files; an empty field is an empty string"),
    Parameter(
        "unavailable_value",
        str,
        "__debezium_unavailable_value",
        "text in place of a value that an update did not change, which stays as it was",
    ),
    Parameter(
        "drift",
        changes_drift,
        {},
        "policy for files whose columns differ: added=ignore or fail, missing=fail, widened=fail, changed=coerce",
    ),
    Parameter(
        "load_ts",
        instant,
        None,
        "time of full-load rows without a position: the start of their task; default: their own, or before all changes",
    ),
    Parameter("merge_tables", bool, False, "take changes of several tables, such as shards; default: refuse them"),
    Parameter(
        "epoch",
        number_between(0, 9_999),
        None,
        "number of the log of the source: greater after a failover or reset, so that its changes come after all others;"
        " default: that of the last run, at first 0",
    ),
    Parameter(
        "snapshot",
        bool,
        False,
        "the new files are a complete extract of the source at --load_ts: rows missing from them are deleted",
    ),
)


_BY_KIND: Mapping[Kind, Sequence[Parameter]] = {
    Kind.FILES: FILES,
    Kind.CHANGES: (*FILES, *CHANGES),
    Kind.TABLES: (),
    Kind.BATCHES: (),
}
_BY_SCOPE: Mapping[Scope, Sequence[Parameter]] = {
    Scope.OUTSIDE: (),
    Scope.LAKE: (*EXISTING, *NOTICES, CLOCK),
    Scope.TABLES: EVERY_RUN,
    Scope.STREAM: (*WHERE, *NOTICES, CLOCK),
}


def parameters_of(job: Declaration) -> list[Parameter]:
    """All parameters of a job's command line: its own first, then those of its kinds and its scope."""
    shared = {parameter.name: parameter for kind in Kind if kind in job.kinds for parameter in _BY_KIND[kind]}
    for parameter in job.parameters:
        shared.pop(parameter.name, None)
    return [*job.parameters, *shared.values(), *([REPORT] if job.board else ()), *_BY_SCOPE[job.scope]]


def own_values(job: Declaration, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the job's own parameters."""
    return {parameter.name: values[parameter.name] for parameter in job.parameters}
