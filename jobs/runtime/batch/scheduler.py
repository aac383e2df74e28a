"""Run the jobs of a pipeline concurrently, each after the jobs whose tables it reads."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import chain

from pyspark.sql import SparkSession

from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Job, Kind
from jobs.runtime.spark import threads
from jobs.runtime.spark.threads import end, in_parallel


def ensured(jobs: Sequence[Job], lake: Lake) -> list[str]:
    """Make the tables of the jobs that are not there; returns the columns that others will get. What follows a source waits for its files."""
    fixed = [table for job in jobs if job.kind is not Kind.CHANGES for table in job.tables]
    return list(chain(*in_parallel(lake.spark, *(partial(lake.ensure, table) for table in fixed)))) if fixed else []


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

    pool = threads.thread_pool(threads.AT_ONCE, spark)
    try:
        for job in sorted(jobs, key=lambda one: -waiting[one.name]):
            begun[job.name] = pool.submit(after, job, [begun[table.name] for table in job.reads if table.name in begun])
        for future in begun.values():
            future.result()
    except BaseException:
        end(pool, list(begun.values()), spark)
        raise
    pool.shutdown()
