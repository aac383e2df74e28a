"""Faults that a lake must survive. Each case has an id, and `make faults` prints a line for it."""

import os

import pytest

fault = pytest.mark.fault
TIMES = int(os.environ.get("WEIR_FAULTS", "1"))
# The sizes at which these faults occur take minutes.
IS_FULL = TIMES >= 20
