#!/usr/bin/env bash
# Fourteen days of a shop's events, with dirt, through the daily job.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
python3 -m jobs samples.shop_events --rows "${DEMO_ROWS:-30000}" --days "${DEMO_DAYS:-14}" --dirt \
    --output "$folder/input"
python3 -m jobs ecommerce.daily --input "$folder/input" --lake "$folder/lake"
