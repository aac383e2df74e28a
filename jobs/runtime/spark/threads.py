"""Threads that share a Spark session."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import cache
from threading import Lock, Thread
from time import sleep
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from jobs.runtime.errors import Stopped

Result = TypeVar("Result")

# The cost of a small table is mostly driver work, which runs one query after the other.
MAX_THREADS = 3
_POLL_SECONDS = 0.2


def cached(function: Callable[..., Result]) -> Callable[..., Result]:
    """`function` with its results cached. Threads that ask for the same result wait while one of them computes it."""
    lock, cached_function = Lock(), cache(function)

    def locked(*arguments: Hashable) -> Result:
        with lock:
            return cached_function(*arguments)

    return locked


def thread_pool(workers: int, spark: SparkSession) -> ThreadPoolExecutor:
    """Threads that use this session and its settings.

    In other threads Spark uses its defaults: casts are not ANSI, and times in SQL are in the zone of the machine.
    """
    session: Any = spark._jsparkSession
    return ThreadPoolExecutor(workers, initializer=lambda: session.setActiveSession(session))


def in_parallel(spark: SparkSession, *functions: Callable[[], Any]) -> list[Any]:
    """The results of all functions, in order. After all have ended, raises the error of the first that failed."""
    pool = thread_pool(min(MAX_THREADS, len(functions)), spark)
    futures = [pool.submit(function) for function in functions]
    try:
        wait(futures)
    except Stopped as stopped:
        cancel_all(pool, futures, spark, stopped)
        raise
    pool.shutdown()
    return [future.result() for future in futures]


def cancel_all(
    pool: ThreadPoolExecutor, futures: Sequence[Future[Any]], spark: SparkSession, reason: BaseException
) -> None:
    """Cancel all work of the pool, including running Spark jobs, and wait until it has ended.

    A stopped run does not wait: the end of its process ends all threads, also one that is in Python code.
    """
    pool.shutdown(wait=False, cancel_futures=True)
    while True:
        with suppress(Exception):  # report the error that ends the run, not one of the cancellation
            spark.sparkContext.cancelAllJobs()
        if isinstance(reason, Stopped) or all(future.done() for future in futures):
            return
        sleep(_POLL_SECONDS)


def wait_at_most(seconds: float, function: Callable[[], Any]) -> None:
    """Call a function and wait for its end, but no longer than this; the end of the process ends it."""
    thread = Thread(target=function, daemon=True)
    thread.start()
    thread.join(seconds)
