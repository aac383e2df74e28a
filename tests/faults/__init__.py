"""What a lake has to survive: each case has an id, and `make faults` prints a line for it."""

import os

import pytest

fault = pytest.mark.fault
TIMES = int(os.environ.get("WEIR_FAULTS", "1"))
# Sizes at which a fault shows take minutes.
IS_FULL = TIMES >= 20
