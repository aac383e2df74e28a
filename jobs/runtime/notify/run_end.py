"""Report a run that did not end well: print it, and notify the recipients."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.masking import masked
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import Post, notify

MEANS = {
    1: "an error that nobody expected; nothing unchecked was published",
    2: "wrong options, missing or unreadable input, or a lake or folder that cannot be used",
    3: "expectations, or too many rejected rows, refused to publish; what was refused is kept",
    4: "another run published the table first; run it again",
    143: "it was stopped; readers see what had been published by then; run it again",
}


def tell_end(job: str, code: int, message: str, values: Mapping[str, Any], ledger: Ledger | None) -> None:
    """Print it, then tell those whom `notify` of the options names. All is recorded by now, and no error of a server changes how the run ended."""
    notify(f"{job} ended with {code}", message)
    if not values.get("notify"):
        return
    try:
        _tell(job, code, message, values, ledger)
    except Exception as error:
        notify("notices", f"none was sent: {error}")


def _tell(job: str, code: int, message: str, values: Mapping[str, Any], ledger: Ledger | None) -> None:
    from jobs.runtime.notify.rendering import of_weir  # of use to few runs

    run_id = ledger.run_id if ledger else f"that did not begin, {secrets.token_hex(6)}"
    told = {
        "job": job,
        "code": code,
        "means": MEANS[code],
        "message": masked(message),
        "run_id": run_id,
        "lake": masked(values["lake"]),
    }
    about, notice = f"{job}: end of run {run_id}", of_weir("run_ended", told)
    outcomes = outbox.send(Post.of(values), about, values["notify"], notice)
    notify("notices", outbox.told(outcomes))
    if ledger:
        with suppress(Exception):  # a lake that cannot be written records nothing
            outbox.record(ledger, about, outcomes)
