"""End the process with an exit code, without waiting for finalisers."""

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End at once: to take apart all that was imported would take Python a second."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1  # what a run said is lost
    os._exit(code)
