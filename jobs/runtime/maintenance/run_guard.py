"""Guard maintenance: refuse to start while a run is live, and record how the work ended."""

import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from jobs.runtime.errors import Overtaken, Stopped
from jobs.runtime.job import Parameter
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.option_types import number_between

LIVE_HOURS = Parameter(
    "live_hours",
    number_between(0, 8_760),
    12,
    "a run that began within so many hours and recorded no end may still be under way: the job then ends with 4",
)


def stay_clear(ledger: Ledger, hours: int) -> None:
    """Raises Overtaken while another run may be under way: what care commits would end it with 4.

    Nothing is locked: the job asks at its start and before what it publishes, and a run that begins in between may lose.
    """
    for run in ledger.live(hours):
        raise Overtaken(
            f"run {run.run_id} of {run.job} has recorded no end; what is not done yet waits for it: run this again then, "
            "or at once if it is dead, with --live_hours 0"
        )


@contextmanager
def recorded(ledger: Ledger, entries: Sequence[Entry]) -> Iterator[None]:
    """Record the start of the work on the tables and how it ended, also where it is asked to end."""
    stopped: list[Stopped] = []

    def stop(*_: Any) -> None:
        logging.disable()  # py4j would log the call that this breaks off, and raise an error of its own
        stopped.append(Stopped("asked to end by SIGTERM; what is done stays done: run it again"))
        raise stopped[0]

    ledger.open(entry.table for entry in entries)
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except BaseException as error:
        told = stopped[0] if stopped else error
        with suppress(Exception):  # the error that ends the run is the one to tell
            for entry in (one for one in entries if one.status != "published"):
                entry.fail(told)
            ledger.close(entries)
        raise told from error
    ledger.close(entries)
