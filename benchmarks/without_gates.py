"""`python -m jobs`, but nothing is asked before it is published: to measure what the gates cost. python -m benchmarks.without_gates JOB …."""

import sys
from unittest.mock import patch

from jobs.__main__ import command
from jobs.runtime.cli.process_exit import leave
from jobs.runtime.quality.gate import QualityGate

if __name__ == "__main__":
    with patch.object(QualityGate, "ask"), patch("jobs.runtime.quality.suites.context"):
        leave(command(sys.argv[1:]))
