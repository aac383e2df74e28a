#!/usr/bin/env bash
# The tests that need one environment with one Spark: in Glue's image, or in any other that has what `make` installs.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -m pytest -m glue -p no:cacheprovider "$@"
