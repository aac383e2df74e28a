"""Report a failed run: print the reason and notify the recipients."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jobs.runtime.errors import Stopped
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import NoticeSender, notify
from jobs.runtime.redaction import mask
from jobs.runtime.stopping import allow_notices

EXIT_CODE_MEANINGS = {
    1: "an unexpected error; nothing unchecked was published",
    2: "wrong options, missing or unreadable input, or a lake or folder that cannot be used",
    3: "publication was refused, by failed expectations or too many rejected rows; the refused branch is kept",
    4: "another run published the table first; run it again",
    143: "the run was stopped; readers see what it had published by then; run it again",
}


def report_run_end(job: str, code: int, message: str, values: Mapping[str, Any], ledger: Ledger | None) -> None:
    """Print how the run ended, then send it to the recipients of the option `notify`.

    The ledger is already written; an error while sending does not change the exit code.
    """
    notify(f"{job} ended with {code}", message)
    if not values.get("notify"):
        return
    if code == Stopped.code:
        allow_notices()
    try:
        _send_notices(job, code, message, values, ledger)
    except Exception as error:
        notify("notices", f"none were sent: {error}")


def _send_notices(job: str, code: int, message: str, values: Mapping[str, Any], ledger: Ledger | None) -> None:
    from jobs.runtime.notify.rendering import render_builtin  # imported only where needed

    run_id = ledger.run_id if ledger else f"not started, {secrets.token_hex(6)}"
    template_values = {
        "job": job,
        "code": code,
        "means": EXIT_CODE_MEANINGS[code],
        "message": mask(message),
        "run_id": run_id,
        "lake": mask(values["lake"]),
    }
    about, notice = f"{job}: end of run {run_id}", render_builtin("run_ended", template_values)
    outcomes = outbox.send(NoticeSender.of(values), about, values["notify"], notice)
    notify("notices", outbox.summarize(outcomes))
    if ledger:
        with suppress(Exception):  # the lake may be what failed
            outbox.record(ledger, about, outcomes)
