"""The parameters that jobs share, and those that each kind of job takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.runtime.job import Declared, Kind, Parameter, Scope
from jobs.runtime.option_types import (
    address,
    as_of,
    calendar_date,
    changes_drift,
    character,
    columns,
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
    truth,
    whole_number,
    words,
    zones,
)

# Types of options for the parameters of a domain, which imports nothing of the runtime but this module, job and run.
__all__ = ["calendar_date", "location", "number_between", "one_of", "whole_number", "words", "zones"]

# Glue's own names that a person may leave in a command line when running it elsewhere.
GLUE_NAMES = frozenset(
    """JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION TempDir RedshiftTempDir additional-python-modules
    auto-scale-within-microbatch class conf continuation-option customer-driver-env-vars datalake-formats debug
    enable-auto-scaling enable-continuous-cloudwatch-log enable-data-lineage enable-glue-datacatalog enable-metrics
    enable-observability-metrics enable-spark-ui encryption-type endpoint extra-files extra-jars extra-py-files
    job-bookmark-from job-bookmark-option job-bookmark-to job-language mode python-modules-installer-option
    python-virtual-env python-virtual-env-storage-prefix python-virtual-env-version spark-event-logs-path
    user-jars-first""".split()  # noqa: SIM905
)

# Its value is an option of pip, such as --no-index.
TAKES_AN_OPTION = "python-modules-installer-option"

# Glue gives every name a value.
FLAG: Mapping[str, Any] = {"nargs": "?", "const": True, "type": truth, "metavar": "true|false"}

# A hundred years of days.
A_SPAN = number_between(1, 36_500)

TIME_ZONE = Parameter("time_zone", time_zone, "UTC", "IANA zone whose midnights bound the local days")
AS_OF = Parameter(
    "as_of",
    as_of,
    None,
    "data time up to which the answer is asked: an instant with offset, a date (its end) or now; default: end of the newest local day",
)
PERIOD_DAYS = Parameter(
    "period_days", A_SPAN, 28, "whole local days before as_of that are looked at; never before the first day"
)

WHERE = (
    Parameter(
        "lake",
        lake_location,
        help="folder of the lake, made if it is not there; or s3://<bucket>/<prefix>",
        is_required=True,
    ),
    Parameter(
        "catalog", str, None, "catalog of the lake where it is no folder: glue, or a file of Iceberg catalog properties"
    ),
    Parameter(
        "endpoint_url",
        address,
        None,
        "a store of buckets other than S3, and its Glue catalog if it has one; default: AWS_ENDPOINT_URL, else AWS",
    ),
    Parameter(
        "path_style",
        bool,
        False,
        "name buckets in the path of the address, not in its host, as most stores other than S3 want",
    ),
)
CLOCK = Parameter("clock", instant, None, "wall clock to judge rows by; default: now")
NOTICES = (
    Parameter(
        "notify",
        recipients,
        [],
        "whom to tell when it is refused or fails, with commas: mail addresses, ARNs of SNS topics, print; each is told once",
    ),
    Parameter(
        "mail_server",
        server,
        None,
        "server that takes mails by STARTTLS: smtp.example.com, or with its port (587 else)",
    ),
    Parameter("mail_from", mail_address, None, "address that mails come from"),
    Parameter(
        "mail_secret",
        str,
        None,
        "secret of AWS Secrets Manager with username and password for that server; else WEIR_MAIL_USER and WEIR_MAIL_PASSWORD",
    ),
)
DRY_RUN = Parameter(
    "dry_run", bool, False, "only tell what would change, table by table and period by period; nothing is published"
)
EVERY_RUN = (
    *WHERE,
    *NOTICES,
    CLOCK,
    DRY_RUN,
    Parameter("full", bool, False, "rebuild every mart in full"),
    Parameter("from", calendar_date, None, "rebuild the marts from this local day on, though nothing changed"),
    Parameter("to", calendar_date, None, "rebuild the marts up to this local day, though nothing changed"),
    Parameter(
        "export",
        new_folder,
        None,
        "also bring files of the tables that it makes up to date in this folder, here or s3://",
    ),
    Parameter("export_format", one_of("csv", "parquet"), "csv", "what files those are"),
    Parameter(
        "summary_json", new_file, None, "also write the summary of the run to this file, or to s3://<bucket>/<key>"
    ),
)
REPORT = Parameter(
    "report",
    new_file,
    None,
    "where the report goes, an HTML file; default: report.html in the folder of the lake, or report_<board>.html",
)
FILES = (
    Parameter(
        "input", str, help="folder, file or glob of the delivered files, on this machine or s3://", is_required=True
    ),
    Parameter("columns", columns, {}, "names that the files use: event_time=ts,user_id=customer"),
    Parameter("delimiter", character, ",", "character between the fields of a CSV file"),
    Parameter("no_header", bool, False, "CSV files begin with data, their columns in the order of the raw table"),
    Parameter(
        "multi_line",
        bool,
        False,
        "a field of a CSV file may hold line breaks inside quotes; an unclosed quote then costs the rest of its file",
    ),
    Parameter(
        "drift",
        drift,
        {},
        "columns of files that are not those of the raw table: added=ignore or fail, missing=apply (as NULL) or fail",
    ),
    Parameter(
        "withdraw",
        locations,
        None,
        "files, with commas between them, whose rows go; rows that were dropped as duplicates of theirs come back",
    ),
    Parameter("allow_empty", bool, False, "an input without rows ends with 0, not 2"),
    Parameter(
        "max_file_bytes",
        whole_number,
        None,
        "a file that holds more, gzip unpacked, ends the run with 2; default: any is taken",
    ),
    Parameter("max_rejected_share", share, 0.05, "a larger share of rejected rows refuses the run"),
)
# What says otherwise, or more, where the files are changes of a source.
CHANGES = (
    Parameter(
        "null_text", str, "NULL", "what a field of a CSV file reads where it is NULL; an empty one is an empty text"
    ),
    Parameter(
        "drift",
        changes_drift,
        {},
        "columns of files that differ: added=ignore or fail, missing=fail, widened=fail, changed=coerce",
    ),
    Parameter(
        "load_ts",
        instant,
        None,
        "when the task began that made the full load, whose rows say no time; default: before every change",
    ),
    Parameter(
        "snapshot",
        bool,
        False,
        "the new files are all that the source had at --load_ts: rows that they do not have are deleted",
    ),
)


_OF_KIND: Mapping[Kind, Sequence[Parameter]] = {Kind.FILES: FILES, Kind.CHANGES: (*FILES, *CHANGES), Kind.TABLES: ()}
_OF_SCOPE: Mapping[Scope, Sequence[Parameter]] = {
    Scope.OUTSIDE: (),
    Scope.LAKE: (*WHERE, *NOTICES, CLOCK),
    Scope.TABLES: EVERY_RUN,
}


def parameters_of(job: Declared) -> list[Parameter]:
    """All that the command line of a job takes, its own first."""
    of_kinds = {parameter.name: parameter for kind in Kind if kind in job.kinds for parameter in _OF_KIND[kind]}
    for parameter in job.parameters:
        of_kinds.pop(parameter.name, None)
    return [*job.parameters, *of_kinds.values(), *([REPORT] if job.board else ()), *_OF_SCOPE[job.scope]]


def own(job: Declared, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the job's own parameters."""
    return {parameter.name: values[parameter.name] for parameter in job.parameters}
