"""Buckets of S3, or of a store that speaks its language: what Spark, Iceberg and Python each have to be told.

Credentials, profile and region are found by the AWS SDKs in their usual places.
"""

import importlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jobs.runtime.errors import BadArgument, BadInput, BadLake, WeirError

S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_GLUE = "org.apache.iceberg.aws.glue.GlueCatalog"
_SCHEME = re.compile(r"\As3[an]?://", re.IGNORECASE)
# What the SDKs of Java say of a request that will not go better the next time.
_NAMES = "|".join(
    (
        *(
            "AccessDenied",
            "UnrecognizedClient",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "NoSuchBucket",
        ),
        *(
            "AuthorizationHeaderMalformed",
            "PermanentRedirect",
            "Unable to load (?:AWS )?credentials",
            "Unable to load region",
        ),
    )
)
_OF_THE_DISK = {
    "No space left on device|SQLITE_FULL": "no space is left on the disk of the lake, or of Spark's scratch files; make room and run again",
    "Read-only file system|SQLITE_READONLY": "the lake may only be read; mount it so that it can be written, or choose another --lake",
}
# What Iceberg says of a file of a table that is gone or cannot be what it was.
_LOST = re.compile(r"iceberg\.exceptions\.(?:NotFound|RuntimeIO)Exception: ([^\n]*/(\w+/\w+)/(?:metadata|data)/[^\n]+)")
_REFUSAL = re.compile(
    rf"^(?!\s+at ).*(?:com\.amazonaws|software\.amazon)[\w.$]*[.$](\w+: .*(?:Status Code: (?:30[17]|40[13])|{_NAMES}).*)",
    re.MULTILINE,
)


def is_in_bucket(location: object) -> bool:
    return isinstance(location, str) and bool(_SCHEME.match(location))


def uri(location: str) -> str:
    """s3a:// and s3n:// as the s3:// that they mean."""
    return _SCHEME.sub("s3://", location)


def use(endpoint_url: str | None) -> None:
    """Let all SDKs of this process ask at one store, in one region."""
    if endpoint_url:
        os.environ["AWS_ENDPOINT_URL"] = endpoint_url
    # Java's SDK reads the one name, Python's the other.
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region


def check(*locations: str | None) -> None:
    """Raises BadLake where a bucket that is written to is not there, or not for us; no bucket is fine."""
    for location in (one for one in locations if one and is_in_bucket(one)):
        with told(location, BadLake):
            filesystem().call_s3("head_bucket", Bucket=location.split("/")[2])


def catalog_settings(*, path_style: bool) -> dict[str, str]:
    """Iceberg's properties for tables in a bucket."""
    in_path = {"s3.path-style-access": "true"} if path_style else {}
    return {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO", **in_path, **_endpoint("s3.endpoint")}


def glue_settings(lake: str) -> dict[str, str]:
    """Iceberg's properties for the Glue Data Catalog. Raises BadArgument where the lake lies in a folder."""
    if not is_in_bucket(lake):
        raise BadArgument(f"--catalog glue is for a lake in a bucket, not for {lake}")
    return {"catalog-impl": _GLUE, **_endpoint("glue.endpoint")}


def hadoop_settings(*, path_style: bool) -> dict[str, str]:
    """Hadoop's properties for input in a bucket."""
    in_path = {"fs.s3a.path.style.access": "true"} if path_style else {}
    region = {"fs.s3a.endpoint.region": os.environ["AWS_REGION"]} if "AWS_REGION" in os.environ else {}
    return {"fs.s3.impl": S3A, **in_path, **region, **_endpoint("fs.s3a.endpoint")}


def _endpoint(name: str) -> dict[str, str]:
    return {name: os.environ["AWS_ENDPOINT_URL"]} if "AWS_ENDPOINT_URL" in os.environ else {}


def at_home(table: Any, setting: Callable[[str, str], str | None]) -> Any:
    """The table of Iceberg, where it lies in the lake that was asked for: the Glue Data Catalog has one for a whole account.

    Raises BadLake where it lies elsewhere.
    """
    if setting("spark.sql.catalog.lake.catalog-impl", "") == _GLUE:
        home, lies = setting("spark.sql.catalog.lake.warehouse", ""), str(table.location())
        if not uri(lies).startswith(f"{home}/"):
            raise BadLake(
                f"{table.name()} of this catalog lies at {lies}, not in {home}; use that lake, or another account or region"
            )
    return table


def filesystem() -> Any:
    return installed("s3fs").S3FileSystem(use_listings_cache=False)


def installed(module: str) -> Any:
    """Raises BadArgument where what Glue's runtime has is not here."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BadArgument(
            f"{error}; buckets need it: install the wheel with its extra, weir_etl-….whl[driver]"
        ) from error


@contextmanager
def told(what: str, error_type: type[Exception]) -> Iterator[None]:
    """Raise what goes wrong with a store inside the block as `error_type`, in one line that begins with `what`."""
    of_sdk = installed("botocore.exceptions").BotoCoreError
    try:
        yield
    except (OSError, of_sdk) as error:
        raise error_type(
            f"{what}: {str(error) or type(error).__name__}; check credentials, region, permissions and --endpoint_url"
        ) from error


def refusal(error: Exception) -> WeirError | None:
    """What the store or the disk refused, or has lost, where an error of Spark or Iceberg comes from that."""
    if isinstance(error, WeirError):
        return None
    for sign, says in _OF_THE_DISK.items():
        if re.search(sign, str(error)):
            return BadLake(says)
    if lost := _LOST.search(str(error)):
        advice = (
            "lake.rebuild_ledger makes it anew"
            if lost[2] in ("ops/files", "ops/runs")
            else "put it back from a copy of the lake"
        )
        return BadLake(f"{lost[2].replace('/', '.')} is damaged: {lost[1]}; {advice}")
    found = _REFUSAL.search(str(error))
    return (
        BadLake(f"{found[1].partition(', Request ID')[0]}; check credentials, region and permissions")
        if found
        else None
    )


def exists(location: str) -> bool:
    if is_in_bucket(location):
        with told(location, BadLake):
            return bool(filesystem().exists(location))
    return Path(location).exists()


def read_text(location: str) -> str:
    """Raises BadInput where there is nothing to read."""
    if is_in_bucket(location):
        with told(location, BadInput):
            content: bytes = filesystem().cat_file(location)
            return content.decode()
    try:
        return Path(location).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{location} cannot be read: {error}") from error


def write_text(location: str, text: str) -> None:
    write_bytes(location, text.encode())


def write_bytes(location: str, content: bytes) -> None:
    """Whoever reads meanwhile sees the old file, or the new one, whole. A folder that is not there is made. Raises BadLake."""
    if is_in_bucket(location):
        with told(location, BadLake):
            filesystem().pipe_file(location, content)
    else:
        unfinished = Path(location).with_name(
            f".{Path(location).name}.{os.getpid()}.tmp"
        )  # readers of folders pass over such names
        try:
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
            unfinished.replace(location)
        except OSError as error:
            raise BadLake(f"{location} cannot be written: {error.strerror}") from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def files_in(folder: str) -> dict[str, int]:
    """All files of a folder and its subfolders, each with its size; none where it is not there. Raises BadLake."""
    if is_in_bucket(folder):
        with told(folder, BadLake):
            return {
                f"s3://{path}": int(found["size"]) for path, found in filesystem().find(folder, detail=True).items()
            }
    return {str(path): path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()}


def remove(location: str) -> None:
    """Raises BadLake."""
    if is_in_bucket(location):
        with told(location, BadLake):
            filesystem().rm_file(location)
    else:
        try:
            Path(location).unlink()
        except OSError as error:
            raise BadLake(f"{location} cannot be removed: {error.strerror}") from error
