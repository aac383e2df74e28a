"""A run ends within two seconds of SIGTERM, whatever its main thread does."""

import signal
import subprocess
import sys
import time

import pytest

from tests import ROOT

START = """
import time
from jobs.runtime import stopping
from jobs.runtime.errors import Stopped
from jobs.runtime.spark.threads import wait_at_most
request = stopping.StopRequest("stopped by SIGTERM")
"""
SWALLOWS = """
while True:
    try:
        print("started", flush=True)
        time.sleep(30)
    except Exception:
        pass
"""
RECORDS = """
try:
    print("started", flush=True)
    time.sleep(30)
except Stopped as stopped:
    wait_at_most(stopping.seconds_to_record(stopped), lambda: time.sleep({seconds}))
    print(f"recorded, {{request.error}}", flush=True)
    raise SystemExit(143)
"""
NOTIFIES = """
try:
    print("started", flush=True)
    time.sleep(30)
except Stopped as stopped:
    stopping.allow_notices()
    time.sleep(2.5)
    print("notified", flush=True)
    raise SystemExit(143)
"""


@pytest.mark.parametrize(
    ("work", "seconds", "said"),
    [
        (SWALLOWS, (1.5, 4), "ended before all was recorded"),
        (RECORDS.format(seconds=0.2), (0.1, 1.4), "recorded, stopped by SIGTERM"),
        (RECORDS.format(seconds=9), (1.4, 4), "recorded, stopped by SIGTERM"),
        (NOTIFIES, (2.5, 5), "notified"),
    ],
    ids=["swallows", "records", "records slowly", "sends notices"],
)
def test_a_process_ends_in_time(work: str, seconds: tuple[float, float], said: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", START + work], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "started\n"
    asked = time.monotonic()  # bounds have room for a loaded machine
    for _ in range(3):  # schedulers may ask more than once
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 143, output
    assert seconds[0] < time.monotonic() - asked < seconds[1], output
    assert said in output
