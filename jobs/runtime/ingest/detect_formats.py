"""Detect the format of delivered files by name, and read their first bytes."""

import gzip
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.magic_bytes import require_kind
from jobs.runtime.storage.listing import File, open_file

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_START_BYTES = 1 << 16
_MAX_THREADS = 16


def detect_formats(files: Sequence[File]) -> dict[str, str]:
    """Path -> csv, json or parquet. Raises BadInput if the content of a file cannot be what its name says."""
    with ThreadPoolExecutor(_MAX_THREADS) as pool:  # requests to a bucket have a high latency
        return {file.path: file_format for file, file_format in zip(files, pool.map(_detect, files), strict=True)}


def _detect(file: File) -> str:
    # Spark recognises gzip only by the suffix .gz, not .GZ.
    is_named_gz = file.path.endswith(".gz")
    with open_file(file.path) as stream:
        start = stream.read(_MAX_START_BYTES)
    is_gzip = start.startswith(_GZIP_MAGIC)
    file_format = format_of(file.path)
    if file_format == "parquet" or (is_named_gz and not is_gzip):  # Spark reads no Parquet inside gzip
        require_kind(file.path, start, file_format)
    if file.bytes and is_named_gz != is_gzip:
        raise BadInput(
            f"{file.path} is gzip, and Spark decompresses only names that end with .gz in lower case; rename it"
            if is_gzip
            else f"{file.path} is named .gz but is not gzip; rename it"
        )
    if file_format == "json":
        require_kind(file.path, read_start(file.path), file_format)
    return file_format


def format_of(path: str) -> str:
    """csv, json or parquet, by the name of the file; csv for any other name."""
    return _FORMATS.get(Path(path.removesuffix(".gz")).suffix.lower(), "csv")


def read_start(path: str) -> bytes:
    """The first bytes of a file, decompressed. Raises BadInput if it is damaged."""
    try:
        with open_file(path) as raw, gzip.open(raw) if path.endswith(".gz") else raw as stream:
            start: bytes = stream.read(_MAX_START_BYTES)
            return start
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_file_error(path, error) from error


def damaged_file_error(path: str, reason: object) -> BadInput:
    """The error for a file that cannot be read to its end."""
    return BadInput(f"{path} is damaged: {reason}; no file was taken; repair or remove it and run again")
