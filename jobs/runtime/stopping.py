"""Stop a run on SIGTERM: it ends within two seconds, wherever it is, or within eight if it sends notices."""

import logging
import os
import signal
import sys
from functools import cache
from threading import Thread
from time import monotonic, sleep
from typing import Any

from jobs.runtime.errors import Stopped

_SECONDS_TO_RECORD = 1.7
# Docker kills ten seconds after SIGTERM.
_SECONDS_WITH_NOTICES = 8.0
_seconds_to_end = [1.9]


class StopRequest:
    """Raises Stopped in the main thread at the first SIGTERM. `error` is that error, None before."""

    def __init__(self, message: str) -> None:
        self.error: Stopped | None = None
        self._message = message
        signal.set_wakeup_fd(_watched_pipe(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the record of the first
        logging.disable()  # Py4J would log the interrupted call, and raise an error of its own
        self.error = Stopped(self._message)
        raise self.error


def seconds_to_record(stopped: Stopped) -> float:
    """How long the record of a stopped run may take from now on."""
    return max(0.0, stopped.at + _SECONDS_TO_RECORD - monotonic())


def allow_notices() -> None:
    """Give a stopped run the time to send its notices."""
    _seconds_to_end[0] = _SECONDS_WITH_NOTICES


@cache
def _watched_pipe() -> int:
    """A pipe to which Python writes signals. A thread reads it, in case the main thread does not answer."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    Thread(target=_end_in_time, args=(reading,), daemon=True).start()
    return writing


def _end_in_time(pipe: int) -> None:
    while os.read(pipe, 1) != bytes([signal.SIGTERM]):
        pass
    signalled_at = monotonic()
    while monotonic() < signalled_at + _seconds_to_end[0]:
        sleep(0.05)
    os.write(sys.stdout.fileno(), b"stopped by SIGTERM: ended before all was recorded; run it again\n")
    os._exit(Stopped.code)
