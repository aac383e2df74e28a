"""Configure Spark, Iceberg and the AWS SDKs for S3 and S3-compatible object stores, and for the Glue Data Catalog.

The SDKs find credentials, profile and region in their usual places.
"""

import os
from collections.abc import Callable
from typing import Any

from jobs.runtime.errors import BadArgument, BadLake
from jobs.runtime.storage.object_store import is_in_bucket, normalise_uri

S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_GLUE = "org.apache.iceberg.aws.glue.GlueCatalog"


def configure_endpoint(endpoint_url: str | None) -> None:
    """Make all SDKs of this process use the same endpoint and region."""
    if endpoint_url:
        os.environ["AWS_ENDPOINT_URL"] = endpoint_url
    # The Java SDK reads AWS_REGION, the Python SDK AWS_DEFAULT_REGION.
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region


def catalog_settings(*, path_style: bool) -> dict[str, str]:
    """Iceberg catalog properties for tables in a bucket."""
    path_style_access = {"s3.path-style-access": "true"} if path_style else {}
    return {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO", **path_style_access, **_endpoint("s3.endpoint")}


def glue_settings(lake: str) -> dict[str, str]:
    """Iceberg catalog properties for the Glue Data Catalog. Raises BadArgument if the lake is not in a bucket."""
    if not is_in_bucket(lake):
        raise BadArgument(f"--catalog glue needs a lake in a bucket; --lake is {lake}")
    return {"catalog-impl": _GLUE, **_endpoint("glue.endpoint")}


def hadoop_settings(*, path_style: bool) -> dict[str, str]:
    """Hadoop properties for input in a bucket."""
    path_style_access = {"fs.s3a.path.style.access": "true"} if path_style else {}
    region = {"fs.s3a.endpoint.region": os.environ["AWS_REGION"]} if "AWS_REGION" in os.environ else {}
    return {"fs.s3.impl": S3A, **path_style_access, **region, **_endpoint("fs.s3a.endpoint")}


def _endpoint(name: str) -> dict[str, str]:
    return {name: os.environ["AWS_ENDPOINT_URL"]} if "AWS_ENDPOINT_URL" in os.environ else {}


def require_in_warehouse(table: Any, setting: Callable[[str, str], str | None]) -> Any:
    """Return the Iceberg table. Raises BadLake if the Glue Data Catalog has it in another warehouse.

    An account has one Glue Data Catalog, so another lake may own a table of this name.
    """
    if setting("spark.sql.catalog.lake.catalog-impl", "") == _GLUE:
        warehouse, location = setting("spark.sql.catalog.lake.warehouse", ""), str(table.location())
        if not normalise_uri(location).startswith(f"{warehouse}/"):
            raise BadLake(
                f"{table.name()} of this catalog is at {location}, not in {warehouse}; "
                "use that lake, or another account or region"
            )
    return table
