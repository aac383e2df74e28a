"""Files of random bytes are read or refused with a message, whatever their names say."""

import gzip
import io
import json
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.detect_formats import detect_formats
from jobs.runtime.ingest.headers import check_header, read_header
from jobs.runtime.storage.listing import File
from jobs.runtime.wording import printable
from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from schemas.ecommerce.raw_events import RAW_EVENTS

FILES = 10_000
HEADER = ",".join(RAW_EVENTS.names)
VALID = f"{HEADER}\n2019-10-01 00:00:00 UTC,view,1,2,a.b,acme,1.50,7,s\n".encode()


def valid_parquet() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({name: ["x"] for name in RAW_EVENTS.names}), buffer)
    return buffer.getvalue()


STARTS = (
    VALID,
    gzip.compress(VALID, mtime=0),
    json.dumps({"price": 1}).encode(),
    valid_parquet(),
    b"PK\x03\x04",
    b"\x1b[",
)
SUFFIXES = ("csv", "csv.gz", "txt", "json", "jsonl", "parquet", "GZ", "")


def content(random: Random) -> bytes:
    """Random bytes, or a valid file with some bytes changed, cut or added."""
    if random.random() < 0.3:
        return random.randbytes(random.randrange(1, 400))
    start = bytearray(random.choice(STARTS))
    for _ in range(random.randrange(4)):
        start[random.randrange(len(start))] = random.randrange(256)
    end = random.randrange(1, len(start) + 1) if random.random() < 0.5 else len(start)
    return bytes(start[:end]) + random.randbytes(random.choice([0, 0, 0, 5, 100]))


def outcome(path: Path, random: Random) -> str:
    table = random.choice([RAW_EVENTS, RAW_ACCOUNTS])
    fields = {name: name for name in table.names}
    file = File(str(path), path.stat().st_size, "")
    try:
        file_format = detect_formats([file])[file.path]
        if file_format != "json":
            return "\n".join(check_header(file.path, read_header(file.path, file_format, ","), table, fields, {}))
    except BadInput as error:
        return str(error)
    return ""


@pytest.mark.slow
def test_ten_thousand_files_are_answered_in_printable_words(tmp_path: Path) -> None:
    random = Random(4)
    for number in range(FILES):
        path = tmp_path / f"{number}.{random.choice(SUFFIXES)}"
        path.write_bytes(content(random))
        message = printable(outcome(path, random))
        assert not [one for one in message if one not in "\n\t" and (ord(one) < 32 or 127 <= ord(one) < 160)]
        assert "Traceback" not in message
        path.unlink()
