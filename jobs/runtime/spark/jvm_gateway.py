"""Start Spark's JVM directly, and look up its classes. Spark's own scripts would start a second JVM first."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyspark
from py4j.java_gateway import JavaClass
from pyspark import SparkContext, java_gateway
from pyspark.sql import SparkSession

from jobs.runtime.errors import WeirError
from jobs.runtime.storage import object_store

_pyspark: Any = java_gateway  # untyped
# Settings that only Spark's own scripts read: where one is set, those scripts start Java.
_SCRIPT_SETTINGS = ("SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "PYSPARK_SUBMIT_ARGS")
_PRINT_OPTIONS = (
    "from pyspark.java_gateway import launch_gateway; "
    "print(launch_gateway().jvm.org.apache.spark.launcher.JavaModuleOptions.defaultModuleOptions())"
)


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


def save_launch_options(path: Path) -> None:
    """Save the options that Spark's launcher passes to Java."""
    process = subprocess.run([sys.executable, "-c", _PRINT_OPTIONS], capture_output=True, text=True, check=False)
    if process.returncode:
        raise WeirError(f"could not read the options of Spark's launcher: {(process.stderr or process.stdout)[-300:]}")
    object_store.write_text(str(path), process.stdout.splitlines()[-1])


def start(launch_options: Path, settings: Mapping[str, str]) -> None:
    """Start Java for this process.

    Does nothing where a JVM runs already, the launch options were not saved, or a setting of Spark's scripts is set:
    Spark then starts Java itself.
    """
    if SparkContext._gateway or not launch_options.exists() or any(name in os.environ for name in _SCRIPT_SETTINGS):
        return
    java = Path(os.environ["JAVA_HOME"]) / "bin" / "java"
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "address"
        process = subprocess.Popen(
            [java, *_options(launch_options, settings), "org.apache.spark.api.python.PythonGatewayServer"],
            stdin=subprocess.PIPE,  # Java exits when it closes
            env={**os.environ, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(address)},
            preexec_fn=_ignore_interrupts,
        )
        while not address.exists():
            if process.poll() is not None:
                raise WeirError(f"{java} exited at once with code {process.returncode}; see its output above")
            time.sleep(0.01)
        with address.open("rb") as connection:
            port, secret = _pyspark.read_int(connection), _pyspark.UTF8Deserializer().loads(connection)
    _connect(process, {"PYSPARK_GATEWAY_PORT": str(port), "PYSPARK_GATEWAY_SECRET": secret})


def _options(launch_options: Path, settings: Mapping[str, str]) -> list[str]:
    texts = (
        settings["spark.driver.extraJavaOptions"],
        os.environ.get("SPARK_SUBMIT_OPTS", ""),
        launch_options.read_text(),
    )
    return [
        "-cp",
        f"{settings['spark.driver.extraClassPath']}:{Path(pyspark.__file__).parent}/jars/*",
        f"-Xmx{settings['spark.driver.memory']}",
        *(option for text in texts for option in shlex.split(text)),
    ]


def _connect(process: subprocess.Popen[bytes], environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    gateway = _pyspark.launch_gateway()
    for name in environment:
        del os.environ[name]
    gateway.proc = process
    SparkContext._ensure_initialized(gateway=gateway)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to Python."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
