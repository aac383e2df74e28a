"""Read and write single files, local or in S3 and S3-compatible object stores, and explain errors of the store."""

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jobs.runtime.errors import BadArgument, BadInput, BadLake, WeirError

_SCHEME = re.compile(r"\As3[an]?://", re.IGNORECASE)
# Errors of the Java SDKs for requests that would fail again.
_ERROR_NAMES = "|".join(
    (
        "AccessDenied",
        "UnrecognizedClient",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "NoSuchBucket",
        "AuthorizationHeaderMalformed",
        "PermanentRedirect",
        "Unable to load (?:AWS )?credentials",
        "Unable to load region",
    )
)
_DISK_ERRORS = {
    "No space left on device|SQLITE_FULL": (
        "no space is left on the disk of the lake or of Spark's scratch files; free some space and run again"
    ),
    "Read-only file system|SQLITE_READONLY": "the lake is read-only; mount it writable or choose another --lake",
}
# Iceberg's errors for a file of a table that is missing or corrupt.
_CORRUPT_FILE = re.compile(
    r"iceberg\.exceptions\.(?:NotFound|RuntimeIO)Exception: ([^\n]*/(\w+/\w+)/(?:metadata|data)/[^\n]+)"
)
_STORE_ERROR = re.compile(
    r"^(?!\s+at ).*(?:com\.amazonaws|software\.amazon)[\w.$]*[.$]"
    rf"(\w+: .*(?:Status Code: (?:30[17]|40[13])|{_ERROR_NAMES}).*)",
    re.MULTILINE,
)


def is_in_bucket(location: object) -> bool:
    return isinstance(location, str) and bool(_SCHEME.match(location))


def normalise_uri(location: str) -> str:
    """Replace the scheme s3a:// or s3n:// by s3://."""
    return _SCHEME.sub("s3://", location)


def check_buckets(*locations: str | None) -> None:
    """Raises BadLake if the bucket of a location does not exist or is not accessible. Other locations are ignored."""
    for location in (location for location in locations if location and is_in_bucket(location)):
        with wrap_errors(location, BadLake):
            filesystem().call_s3("head_bucket", Bucket=location.split("/")[2])


def filesystem() -> Any:
    return require_module("s3fs").S3FileSystem(use_listings_cache=False)


def require_module(module: str) -> Any:
    """Import a module that the Glue runtime has. Raises BadArgument if it is not installed here."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BadArgument(
            f"{error}; buckets need it; install the wheel with its extra, weir_etl-….whl[driver]"
        ) from error


@contextmanager
def wrap_errors(subject: str, error_type: type[Exception]) -> Iterator[None]:
    """Raise errors of the store in the block as `error_type`, with a one-line message that starts with `subject`."""
    of_sdk = require_module("botocore.exceptions")
    try:
        yield
    except (OSError, of_sdk.BotoCoreError, of_sdk.ClientError) as error:
        raise error_type(
            f"{subject}: {str(error) or type(error).__name__}; "
            "check credentials, region, permissions and --endpoint_url"
        ) from error


def storage_error(error: Exception) -> WeirError | None:
    """The error to report if an error of Spark or Iceberg was caused by the store or the disk; None otherwise."""
    if isinstance(error, WeirError):
        return None
    for pattern, message in _DISK_ERRORS.items():
        if re.search(pattern, str(error)):
            return BadLake(message)
    if corrupt := _CORRUPT_FILE.search(str(error)):
        hint = (
            "rebuild it with lake.rebuild_ledger"
            if corrupt[2] in ("ops/files", "ops/runs")
            else "restore it from a backup of the lake"
        )
        return BadLake(f"{corrupt[2].replace('/', '.')} is damaged: {corrupt[1]}; {hint}")
    match = _STORE_ERROR.search(str(error))
    return (
        BadLake(f"{match[1].partition(', Request ID')[0]}; check credentials, region and permissions")
        if match
        else None
    )


def exists(location: str) -> bool:
    if is_in_bucket(location):
        with wrap_errors(location, BadLake):
            return bool(filesystem().exists(location))
    return Path(location).exists()


def read_text(location: str) -> str:
    """Read a text file. Raises BadInput if it cannot be read."""
    if is_in_bucket(location):
        with wrap_errors(location, BadInput):
            content: bytes = filesystem().cat_file(location)
            return content.decode()
    try:
        return Path(location).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{location} cannot be read: {error}") from error


def write_text(location: str, text: str) -> None:
    write_bytes(location, text.encode())


def write_bytes(location: str, content: bytes) -> None:
    """Write a file atomically: concurrent readers see the whole old or the whole new file.

    Missing folders are created. Raises BadLake if the file cannot be written.
    """
    if is_in_bucket(location):
        with wrap_errors(location, BadLake):
            filesystem().pipe_file(location, content)
    else:
        # Folder listings skip hidden files.
        unfinished = Path(location).with_name(f".{Path(location).name}.{os.getpid()}.tmp")
        try:
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
            unfinished.replace(location)
        except OSError as error:
            raise BadLake(f"{location} cannot be written: {error.strerror}") from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def list_sizes(folder: str) -> dict[str, int]:
    """Path -> size of all files in a folder and its subfolders; empty if there is no such folder. Raises BadLake."""
    if is_in_bucket(folder):
        with wrap_errors(folder, BadLake):
            return {f"s3://{path}": int(info["size"]) for path, info in filesystem().find(folder, detail=True).items()}
    return {str(path): path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()}


def remove(location: str) -> None:
    """Remove a file. Raises BadLake if it cannot be removed."""
    if is_in_bucket(location):
        with wrap_errors(location, BadLake):
            filesystem().rm_file(location)
    else:
        try:
            Path(location).unlink()
        except OSError as error:
            raise BadLake(f"{location} cannot be removed: {error.strerror}") from error
