"""The jars of Spark packages: fetched once, then cached for all runs on this machine."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.runtime.errors import WeirError
from jobs.runtime.storage.cache_folder import folder


def fetch_jars(packages: Sequence[str]) -> list[Path]:
    """The paths of the jars of `packages`. Fetches missing jars with Spark's own resolver, once for all runs."""
    cached = folder() / "ivy" / "jars"
    paths = [
        cached / f"{group}_{name}-{version}.jar"
        for group, name, version in (package.split(":") for package in packages)
    ]
    if not all(path.exists() for path in paths):
        with (folder() / "fetching").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the resolver is not safe against a concurrent writer in its folder
            output = "" if all(path.exists() for path in paths) else _fetch(packages, cached.parent)
            if not all(path.exists() for path in paths):
                reasons = re.findall(r"(?:Server access error|unresolved dependency|not found).*", output)
                reason = reasons[0] if reasons else output[-300:]
                raise WeirError(
                    f"could not fetch {', '.join(packages)}: {reason}; check the network connection, "
                    f"or put the jars into {cached}"
                )
    return paths


def _fetch(packages: Sequence[str], ivy: Path) -> str:
    """Run the resolver, and return its output."""
    print(f"Fetching {', '.join(packages)} (once, into {ivy})", flush=True)
    script = (
        "from pyspark.java_gateway import launch_gateway; from pyspark import SparkConf; "
        f"conf = SparkConf().set('spark.jars.packages', {','.join(packages)!r}).set('spark.jars.ivy', {str(ivy)!r}); "
        "launch_gateway(conf).shutdown()"
    )
    java = {**os.environ, "SPARK_SUBMIT_OPTS": " ".join([os.environ.get("SPARK_SUBMIT_OPTS", ""), *_trust_store()])}
    process = subprocess.run([sys.executable, "-c", script], env=java, capture_output=True, text=True, check=False)
    return process.stdout + process.stderr


def _trust_store() -> list[str]:
    """Use the system's Java certificates where it has them: the JRE of a wheel does not trust a company proxy."""
    stores = (Path("/etc/ssl/certs/java/cacerts"), Path("/etc/pki/java/cacerts"))
    return [f"-Djavax.net.ssl.trustStore={store}" for store in stores if store.exists()][:1]
