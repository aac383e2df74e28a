"""Threads that share a Spark session."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from threading import Lock
from time import sleep
from typing import Any, TypeVar

from pyspark.sql import SparkSession

Answer = TypeVar("Answer")

# What a small table costs is mostly the driver's work, one query after the other.
AT_ONCE = 3
_PAUSE = 0.2


def once(ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """`ask` with its answers remembered: where several jobs want the same, one of them asks and the others wait."""
    lock, known = Lock(), cache(ask)

    def answer(*about: Hashable) -> Answer:
        with lock:
            return known(*about)

    return answer


def thread_pool(workers: int, spark: SparkSession) -> ThreadPoolExecutor:
    """Threads in which the session's settings hold. Elsewhere Spark has its defaults: a cast forgives, and a time in SQL is of the machine's zone."""
    session: Any = spark._jsparkSession
    return ThreadPoolExecutor(workers, initializer=lambda: session.setActiveSession(session))


def in_parallel(spark: SparkSession, *asked: Callable[[], Any]) -> list[Any]:
    """What each of them answers. Raises what the first of them raises, when all have ended."""
    with thread_pool(min(AT_ONCE, len(asked)), spark) as pool:
        return [future.result() for future in [pool.submit(one) for one in asked]]


def end(pool: ThreadPoolExecutor, begun: Sequence[Future[Any]], spark: SparkSession) -> None:
    """Have all end that the threads have begun, in seconds, whatever Spark is doing for them."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(future.done() for future in begun):
        with suppress(Exception):  # the error that ends the run is the one to tell
            spark.sparkContext.cancelAllJobs()
        sleep(_PAUSE)
