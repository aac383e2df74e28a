"""Run a job, from its arguments to its exit code."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jobs.runtime.batch.batch_run import Run
from jobs.runtime.batch.progress import Progress
from jobs.runtime.cli import process_exit
from jobs.runtime.cli.arguments import parse, whom_to_tell
from jobs.runtime.errors import WeirError
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.incremental.plan import requested_days
from jobs.runtime.job import Declared, Scope
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import channels
from jobs.runtime.notify.run_end import tell_end
from jobs.runtime.parameters import own
from jobs.runtime.spark import glue, local_machine, session
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import list_files


def run(job: Declared) -> None:
    """The whole of a job script's `__main__`: ends the process with the code of how it went; on Glue, by raising."""
    on_glue = glue.is_glue()
    code = main(job, sys.argv[1:], on_glue=on_glue)
    if not on_glue:
        process_exit.leave(code)
    if code:
        raise SystemError(f"{job.name} ended with {code}; the line above says why")


def main(job: Declared, argv: Sequence[str], *, on_glue: bool = False, says: str = "") -> int:
    """Run the job: 0 published or nothing to do, 1 unexpected, 2 arguments or input, 3 refused, 4 overtaken, 143 stopped."""
    values, ledger = dict[str, Any](), None
    try:
        values, ignored = parse(job, argv, on_glue=on_glue, says=says)
        object_store.use(values.get("endpoint_url"))
        progress = Progress()
        if ignored:
            progress.say(f"{'' if on_glue else 'this is no Glue: plain Spark; '}left to Glue: {', '.join(ignored)}")
        if job.scope is Scope.OUTSIDE:
            progress.say(str(job.begin(None, None, own(job, values))))
            return 0
        _check(job, values)
        lake, ledger = _opened(job, values, progress)
        begun = job.begin(lake, ledger, own(job, values))
        if isinstance(begun, str):
            progress.say(begun)
        else:
            Run(begun, values, progress, lake, ledger).work()
    except Exception as caught:
        error = object_store.refusal(caught) or caught
        if not isinstance(error, WeirError):
            channels.trace()
        code = error.code if isinstance(error, WeirError) else 1
        tell_end(
            job.name, code, (str(error) or type(error).__name__).splitlines()[0], values or whom_to_tell(argv), ledger
        )
        return code
    return 0


def _check(job: Declared, values: Mapping[str, Any]) -> None:
    """What can be told before Spark is there. Raises BadArgument, BadInput, BadLake."""
    if any(channels.channel(recipient) == "mail" for recipient in values["notify"]):
        channels.Post.of(values).check()
    if job.scope is Scope.LAKE:
        return
    requested_days(values)
    object_store.check(values["summary_json"], values.get("report"), values["export"])
    if "input" in values and not (values["allow_empty"] or values["withdraw"]):
        list_files(values["input"])


def _opened(job: Declared, values: Mapping[str, Any], progress: Progress) -> tuple[Lake, Ledger]:
    """The lake in a session that is up, and the records of this run."""
    started, is_short = datetime.now(UTC), local_machine.is_short(values.get("input"), values["lake"])
    if job.scope is Scope.LAKE:
        session.find_lake(values["lake"], values["catalog"])
    settings = session.catalog(
        values["lake"], values["catalog"], given=values.get("input", ""), path_style=values["path_style"]
    )
    progress.say(f"{job.name}: {values.get('input', 'its tables')} -> {values['lake']}")
    with progress.step("start Spark") as told:
        lake, line = (
            Lake(session.start(settings, is_short=is_short), may_grow=not values.get("dry_run")),
            local_machine.line().glue,
        )
        told.append(f"Spark {lake.spark.version}, line {line}")
    return lake, Ledger(
        lake,
        f"{started:%Y%m%dt%H%M%S}_{secrets.token_hex(3)}",
        job.name,
        line,
        started,
        values["clock"] or started,
        values,
    )
