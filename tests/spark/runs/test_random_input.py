"""A run on a valid file with random damage publishes or refuses, loses no row, and prints nothing that is not text."""

import gzip
import io
import json
from random import Random

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.ecommerce import clean_events
from tests.conftest import HEADER, InProcess, line

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

LINES = [line(product_id=str(number), price=f"{number}.50", brand=f"brand {number}") for number in range(40)]
ROWS = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in LINES]
CSV = "\n".join([HEADER, *LINES, ""]).encode()


def parquet_file() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), buffer)
    return buffer.getvalue()


FILES = {
    "csv": CSV,
    "csv.gz": gzip.compress(CSV, mtime=0),
    "jsonl": "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
    "parquet": parquet_file(),
}


def damaged(content: bytes, random: Random) -> bytes:
    """The file with bytes changed, inserted or removed, or with its end cut off."""
    changed = bytearray(content)
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(changed))
        kind = random.randrange(3)
        changed[place : place + random.randrange(1, 4)] = random.randbytes(random.randrange(1, 4)) if kind else b""
    return bytes(changed[: random.randrange(1, len(changed))] if random.random() < 0.2 else changed)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_taken_or_refused_in_words(daily: InProcess, seed: int) -> None:
    random = Random(seed)
    daily.job = clean_events.JOB
    suffix = random.choice(list(FILES))
    (daily.input / f"a.{suffix}").write_bytes(damaged(FILES[suffix], random))
    code = daily.run("--max_rejected_share", random.choice(["0.1", "1"]))
    assert code in (0, 2, 3), daily.output
    assert "Traceback" not in daily.output
    assert not {one for one in daily.output if one != "\n" and (ord(one) < 32 or 127 <= ord(one) < 160)}
