"""Jobs of a pipeline side by side: each begins when those whose tables it reads have ended."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from itertools import chain
from threading import Lock
from time import sleep
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from jobs.runtime.job import Job
from jobs.runtime.lake import Lake

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


def threads(at_once: int, spark: SparkSession) -> ThreadPoolExecutor:
    """Threads in which the session's settings hold. Elsewhere Spark has its defaults: a cast forgives, and a time in SQL is of the machine's zone."""
    session: Any = spark._jsparkSession
    return ThreadPoolExecutor(at_once, initializer=lambda: session.setActiveSession(session))


def at_once(spark: SparkSession, *asked: Callable[[], Any]) -> list[Any]:
    """What each of them answers. Raises what the first of them raises, when all have ended."""
    with threads(min(AT_ONCE, len(asked)), spark) as pool:
        return [future.result() for future in [pool.submit(one) for one in asked]]


def ensured(jobs: Sequence[Job], lake: Lake) -> list[str]:
    """Make the tables of the jobs that are not there; returns the columns that others will get. What follows a source waits for its files."""
    fixed = [table for job in jobs if not job.changing for table in job.tables]
    return list(chain(*at_once(lake.spark, *(partial(lake.ensure, table) for table in fixed)))) if fixed else []


def each(jobs: Sequence[Job], work: Callable[[Job], None], spark: SparkSession) -> None:
    """Do the `work` for all jobs, given in an order in which they could run; first those that most others wait for, one after the other.

    Raises what the first of them raises, when all have ended.
    """
    begun: dict[str, Future[None]] = {}
    waiting: dict[str, int] = {}
    for job in reversed(jobs):
        waiting[job.name] = 1 + max((waiting[other.name] for other in jobs if job.writes in other.reads), default=0)

    def after(job: Job, earlier: Sequence[Future[None]]) -> None:
        for future in earlier:
            future.result()
        work(job)

    pool = threads(AT_ONCE, spark)
    try:
        for job in sorted(jobs, key=lambda one: -waiting[one.name]):
            begun[job.name] = pool.submit(after, job, [begun[table.name] for table in job.reads if table.name in begun])
        for future in begun.values():
            future.result()
    except BaseException:
        end(pool, list(begun.values()), spark)
        raise
    pool.shutdown()


def end(pool: ThreadPoolExecutor, begun: Sequence[Future[Any]], spark: SparkSession) -> None:
    """Have all end that the threads have begun, in seconds, whatever Spark is doing for them."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(future.done() for future in begun):
        with suppress(Exception):  # the error that ends the run is the one to tell
            spark.sparkContext.cancelAllJobs()
        sleep(_PAUSE)
