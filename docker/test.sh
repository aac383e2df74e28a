#!/usr/bin/env bash
# The tests that need Python and Spark alone: in Glue's image, or in any other environment with what `make` installs.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -m pytest -p no:cacheprovider "$@"
