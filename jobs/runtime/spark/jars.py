"""The jars of Spark packages: fetched once, and kept for all runs on this machine."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.runtime.errors import WeirError
from jobs.runtime.storage.cache import folder


def jars(packages: Sequence[str]) -> list[Path]:
    """The jars of `packages`: fetched once by Spark's own resolver, then taken from the cache with no look-up."""
    kept = folder() / "ivy" / "jars"
    wanted = [
        kept / f"{group}_{name}-{version}.jar" for group, name, version in (package.split(":") for package in packages)
    ]
    if not all(jar.exists() for jar in wanted):
        with (folder() / "fetching").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the resolver does not reckon with another that writes into its folder
            told = "" if all(jar.exists() for jar in wanted) else _fetch(packages, kept.parent)
            if not all(jar.exists() for jar in wanted):
                reasons = re.findall(r"(?:Server access error|unresolved dependency|not found).*", told)
                why = reasons[0] if reasons else told[-300:]
                raise WeirError(
                    f"could not fetch {', '.join(packages)}: {why}; mend the connection, or put the jars into {kept}"
                )
    return wanted


def _fetch(packages: Sequence[str], ivy: Path) -> str:
    """What the resolver says."""
    print(f"Fetching {', '.join(packages)} (once, into {ivy})", flush=True)
    start = "from pyspark.java_gateway import launch_gateway; from pyspark import SparkConf"
    fetch = f"{start}; launch_gateway(SparkConf().set('spark.jars.packages', {','.join(packages)!r}).set('spark.jars.ivy', {str(ivy)!r})).shutdown()"
    java = {**os.environ, "SPARK_SUBMIT_OPTS": " ".join([os.environ.get("SPARK_SUBMIT_OPTS", ""), *_trust_store()])}
    done = subprocess.run([sys.executable, "-c", fetch], env=java, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _trust_store() -> list[str]:
    """The system's own certificates, where it keeps them for Java: a JRE from a wheel knows no company's proxy."""
    stores = (Path("/etc/ssl/certs/java/cacerts"), Path("/etc/pki/java/cacerts"))
    return [f"-Djavax.net.ssl.trustStore={store}" for store in stores if store.exists()][:1]
