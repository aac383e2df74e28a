"""End the process with an exit code, without waiting for finalisers."""

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Run exit handlers and end at once: Python's own teardown of all imported modules takes about a second."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1  # output was lost
    os._exit(code)
