"""How a process ends: with its exit code, after exit handlers have run and output is flushed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LEAVES = (
    "import atexit; from jobs.runtime.cli.process_exit import leave;"
    " atexit.register(print, 'last'); print('first'); leave({code})"
)


@pytest.mark.parametrize("code", [0, 3])
def test_all_is_said_before_a_process_ends(code: int) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES.format(code=code)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "first\nlast\n"), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(("code", "ends"), [(0, 1), (3, 3)])
def test_a_run_whose_words_are_lost_did_not_go_well(code: int, ends: int) -> None:
    held_back = {**os.environ, "PYTHONUNBUFFERED": ""}
    with Path("/dev/full").open("w") as full:
        assert (
            subprocess.run(
                [sys.executable, "-c", LEAVES.format(code=code)], stdout=full, env=held_back, check=False
            ).returncode
            == ends
        )
