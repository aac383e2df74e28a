"""Buckets of S3, or of a store that speaks its language: what Spark, Iceberg and Python each have to be told.

Credentials, profile and region are found by the AWS SDKs in their usual places.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs.runtime.errors import BadLake, WeirError

S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_SCHEME = re.compile(r"\As3[an]?://")
# What the SDKs of Java say of a request that will not go better the next time.
_NAMES = "AccessDenied|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|NoSuchBucket|Unable to load (?:AWS )?credentials"
_REFUSAL = re.compile(rf"^(?!\s+at ).*(?:com\.amazonaws|software\.amazon)[\w.$]*[.$](\w+: .*(?:Status Code: 40[13]|{_NAMES}).*)", re.MULTILINE)


def is_in_bucket(location: object) -> bool:
    return isinstance(location, str) and bool(_SCHEME.match(location))


def uri(location: str) -> str:
    """s3a:// and s3n:// as the s3:// that they mean."""
    return _SCHEME.sub("s3://", location)


def use(endpoint_url: str | None) -> None:
    """Let all SDKs of this process ask a store elsewhere than AWS."""
    if endpoint_url:
        os.environ["AWS_ENDPOINT_URL"] = endpoint_url


def check(warehouse: str) -> None:
    """Raises BadLake where the bucket of a lake is not there, or not for us."""
    if is_in_bucket(warehouse):
        with told(f"the lake at {warehouse}", BadLake):
            filesystem().call_s3("head_bucket", Bucket=warehouse.split("/")[2])


def catalog_settings(*, path_style: bool) -> dict[str, str]:
    """Iceberg's properties for tables in a bucket."""
    in_path = {"s3.path-style-access": "true"} if path_style else {}
    return {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO", **in_path, **_named("s3.endpoint", "client.region")}


def glue_settings() -> dict[str, str]:
    """Iceberg's properties for the Glue Data Catalog."""
    return {"catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog", **_named("glue.endpoint", "client.region")}


def hadoop_settings(*, path_style: bool) -> dict[str, str]:
    """Hadoop's properties for input in a bucket."""
    in_path = {"fs.s3a.path.style.access": "true"} if path_style else {}
    return {"fs.s3.impl": S3A, **in_path, **_named("fs.s3a.endpoint", "fs.s3a.endpoint.region")}


def _named(endpoint: str, region: str) -> dict[str, str]:
    found = {endpoint: os.environ.get("AWS_ENDPOINT_URL"), region: os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")}
    return {name: value for name, value in found.items() if value}


def filesystem() -> Any:
    import s3fs

    return s3fs.S3FileSystem(use_listings_cache=False)


@contextmanager
def told(what: str, error_type: type[Exception]) -> Iterator[None]:
    """Raise what goes wrong with a store inside the block as `error_type`, in one line that begins with `what`."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except (OSError, BotoCoreError) as error:
        raise error_type(f"{what}: {str(error) or type(error).__name__}; check credentials, region, permissions and --endpoint_url") from error


def refusal(error: Exception) -> WeirError | None:
    """What the store refused, where an error of Spark or Iceberg comes from that."""
    found = None if isinstance(error, WeirError) else _REFUSAL.search(str(error))
    return BadLake(f"{found[1].partition(', Request ID')[0]}; check credentials, region and permissions") if found else None


def write_text(location: str, text: str) -> None:
    if is_in_bucket(location):
        filesystem().pipe_file(location, text.encode())
    else:
        Path(location).write_text(text)
