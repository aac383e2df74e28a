"""`python -m jobs` without quality gates, to measure their cost: python -m benchmarks.without_gates JOB …."""

import sys
from unittest.mock import patch

from jobs.__main__ import command
from jobs.runtime.quality.gate import QualityGate

if __name__ == "__main__":
    with patch.object(QualityGate, "submit"), patch("jobs.runtime.quality.suite_runner.context"):
        sys.exit(command(sys.argv[1:]))
