"""Look up Java classes in Spark's JVM."""

from functools import cache
from typing import Any

from py4j.java_gateway import JavaClass
from pyspark.sql import SparkSession


class _CachedClass(JavaClass):  # type: ignore[misc]
    """A Java class that caches its methods. Py4J asks Java on each access, once per part of the class name."""

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)
        setattr(self, name, method)
        return method


@cache
def java_class(spark: SparkSession, name: str) -> Any:
    """A Java class by its fully qualified name, for its static methods."""
    gateway: Any = spark.sparkContext._gateway
    return _CachedClass(name, gateway._gateway_client)
