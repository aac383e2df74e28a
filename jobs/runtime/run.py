"""Run a job, from its arguments to its exit code."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from jobs.runtime.batch.progress import Progress
from jobs.runtime.batch.run_stream import run_stream
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.cli.arguments import parse, parse_notify_options
from jobs.runtime.errors import Stopped, WeirError
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.incremental.changed_days import requested_days
from jobs.runtime.job import Declaration, Scope, StreamJob
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import channels
from jobs.runtime.notify.failure_notice import report_run_end
from jobs.runtime.parameters import own_values
from jobs.runtime.spark import glue_session, jvm_startup_tuning, local_setup, session, tzdata_check
from jobs.runtime.storage import object_store, s3_settings
from jobs.runtime.storage.listing import list_files


def run(job: Declaration) -> None:
    """The entry point of a job script. Ends the process with the exit code of the run; on Glue, raises instead."""
    on_glue = glue_session.is_glue()
    code = main(job, sys.argv[1:], on_glue=on_glue)
    if not on_glue:
        exit_process(code)
    if code:
        raise SystemError(f"{job.name} ended with {code}; the line above says why")


def exit_process(code: int) -> NoReturn:
    """End the process; after SIGTERM without waiting for threads that are still at work."""
    if code == Stopped.code:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(job: Declaration, argv: Sequence[str], *, on_glue: bool = False, description: str = "") -> int:
    """Run the job and return the exit code.

    0 published or nothing to do, 1 unexpected error, 2 arguments or input, 3 refused, 4 overtaken, 143 stopped.
    """
    values, ledger = dict[str, Any](), None
    try:
        values, ignored = parse(job, argv, on_glue=on_glue, description=description)
        s3_settings.configure_endpoint(values.get("endpoint_url"))
        progress = Progress()
        if ignored:
            names = ", ".join(ignored)
            progress.print(f"ignored: {names}" if on_glue else f"not running on Glue: plain Spark; ignored: {names}")
        if job.scope is Scope.OUTSIDE:
            progress.print(str(job.start(None, None, own_values(job, values))))
            return 0
        _check(job, values)
        lake, ledger = _open(job, values, progress)
        started = job.start(lake, ledger, own_values(job, values))
        if isinstance(started, StreamJob):
            started = run_stream(started, values, progress, lake, ledger)
        if isinstance(started, str):
            progress.print(started)
        else:
            Run(started, values, progress, lake, ledger).execute()
    except Exception as caught:
        error = object_store.storage_error(caught) or caught
        if not isinstance(error, WeirError):
            channels.trace()
        code = error.code if isinstance(error, WeirError) else 1
        message = (str(error) or type(error).__name__).splitlines()[0]
        report_run_end(job.name, code, message, values or parse_notify_options(argv), ledger)
        return code
    return 0


def _check(job: Declaration, values: Mapping[str, Any]) -> None:
    """Check everything that needs no Spark session. Raises BadArgument, BadInput, BadLake."""
    if any(channels.channel(recipient) == "mail" for recipient in values["notify"]):
        channels.NoticeSender.of(values).check()
    if job.scope is not Scope.TABLES:
        return
    requested_days(values)
    object_store.check_buckets(values["summary_json"], values.get("report"), values["export"])
    if "input" in values and not (values["allow_empty"] or values["withdraw"]):
        list_files(values["input"])


def _open(job: Declaration, values: Mapping[str, Any], progress: Progress) -> tuple[Lake, Ledger]:
    """Start the Spark session, and return the lake and the ledger of this run."""
    started_at = datetime.now(UTC)
    is_short = job.scope is not Scope.STREAM and jvm_startup_tuning.is_short(values.get("input"), values["lake"])
    if job.scope is Scope.LAKE:
        session.require_lake(values["lake"], values["catalog"])
    settings = session.catalog_settings(
        values["lake"], values["catalog"], input_path=values.get("input", ""), path_style=values["path_style"]
    )
    progress.print(f"{job.name}: {values.get('input', 'its tables')} -> {values['lake']}")
    with progress.step("start Spark") as notes:
        spark = session.start(settings, is_short=is_short)
        lake, line = Lake(spark, may_evolve=not values.get("dry_run")), local_setup.runtime_line().glue
        notes.append(f"Spark {spark.version}, line {line}")
    tzdata_check.require_known(spark, {values.get("time_zone", "UTC"), *values.get("zones", {}).values()})
    run_id = f"{started_at:%Y%m%dt%H%M%S}_{secrets.token_hex(3)}"
    parameters = {**values, "time_zone_data": tzdata_check.time_zone_data(spark)}
    return lake, Ledger(lake, run_id, job.name, line, started_at, values["clock"] or started_at, parameters)
