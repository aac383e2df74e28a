"""Guard maintenance: refuse to start while a run is live, and record how the work ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from jobs.runtime.errors import Overtaken, Stopped
from jobs.runtime.job import Parameter
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.option_types import number_between
from jobs.runtime.spark.threads import wait_at_most
from jobs.runtime.stopping import StopRequest, seconds_to_record

LIVE_HOURS = Parameter(
    "live_hours",
    number_between(0, 8_760),
    12,
    "a run that started within so many hours and recorded no end may be live: the job then ends with code 4",
)


def require_no_live_run(ledger: Ledger, hours: int) -> None:
    """Raises Overtaken while another run may be live: a maintenance commit would end that run with code 4.

    There is no lock. A job checks at its start and before each publication; a run that starts in between may still be
    overtaken.
    """
    for run in ledger.unfinished_runs(hours):
        raise Overtaken(
            f"run {run.run_id} of {run.job} has recorded no end; wait for it and run this job again, "
            "or run it now with --live_hours 0 if that run is dead"
        )


@contextmanager
def recorded_run(ledger: Ledger, entries: Sequence[Entry]) -> Iterator[None]:
    """Record the start and the end of the run in the ledger, also after a failure or SIGTERM."""
    ledger.open(entry.table for entry in entries)
    stop_request = StopRequest("stopped by SIGTERM; finished work is kept: run it again")
    try:
        yield
    except BaseException as error:
        cause = stop_request.error or error
        with suppress(Exception):  # report the error that ended the run, not one of recording it
            for entry in (entry for entry in entries if entry.status != "published"):
                entry.fail(cause)
            if isinstance(cause, Stopped):
                wait_at_most(seconds_to_record(cause), lambda: ledger.close(entries))
            else:
                ledger.close(entries)
        raise cause from error
    ledger.close(entries)
