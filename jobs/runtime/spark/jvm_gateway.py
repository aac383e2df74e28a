"""Start the JVM of Spark directly, and look up its classes; Spark's own scripts would start a second JVM first."""

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

_pyspark: Any = java_gateway  # without types
# What a person may have set up for Spark's scripts to read: then they are to be asked.
_SET_UP = ("SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "PYSPARK_SUBMIT_ARGS")
_ASK = "from pyspark.java_gateway import launch_gateway; print(launch_gateway().jvm.org.apache.spark.launcher.JavaModuleOptions.defaultModuleOptions())"


class _Statics(JavaClass):  # type: ignore[misc]
    """Its methods are looked up once: py4j asks Java for each of them each time, and for each part of the name of the class."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        setattr(self, name, found)
        return found


@cache
def statics(spark: SparkSession, name: str) -> Any:
    """A class of Java by its whole name, for its static methods."""
    gateway: Any = spark.sparkContext._gateway
    return _Statics(name, gateway._gateway_client)


def keep_options(kept: Path) -> None:
    """Ask Spark's launcher which options it gives to each Java, once."""
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise WeirError(f"Spark's launcher cannot be asked: {(asked.stderr or asked.stdout)[-300:]}")
    object_store.write_text(str(kept), asked.stdout.splitlines()[-1])


def start(kept: Path, settings: Mapping[str, str]) -> None:
    """Start Java for the Spark of this process, where none runs yet and the options are kept; else Spark will do it."""
    if SparkContext._gateway or not kept.exists() or any(name in os.environ for name in _SET_UP):
        return
    given = (settings["spark.driver.extraJavaOptions"], os.environ.get("SPARK_SUBMIT_OPTS", ""), kept.read_text())
    classes = f"{settings['spark.driver.extraClassPath']}:{Path(pyspark.__file__).parent}/jars/*"
    options = [
        "-cp",
        classes,
        f"-Xmx{settings['spark.driver.memory']}",
        *(option for text in given for option in shlex.split(text)),
    ]
    java = Path(os.environ["JAVA_HOME"]) / "bin" / "java"
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "address"
        process = subprocess.Popen(
            [java, *options, "org.apache.spark.api.python.PythonGatewayServer"],
            stdin=subprocess.PIPE,  # when it closes, Java ends
            env={**os.environ, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(address)},
            preexec_fn=_leave_interrupts_to_python,
        )
        while not address.exists():
            if process.poll() is not None:
                raise WeirError(f"{java} ended at once with {process.returncode}; what it said stands above")
            time.sleep(0.01)
        with address.open("rb") as told:
            port, secret = _pyspark.read_int(told), _pyspark.UTF8Deserializer().loads(told)
    own = {"PYSPARK_GATEWAY_PORT": str(port), "PYSPARK_GATEWAY_SECRET": secret}
    os.environ.update(own)
    gateway = _pyspark.launch_gateway()
    for name in own:
        del os.environ[name]
    gateway.proc = process
    SparkContext._ensure_initialized(gateway=gateway)


def _leave_interrupts_to_python() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
