"""Run the jobs of a pipeline concurrently, each after the jobs whose tables it reads."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import chain

from pyspark.sql import SparkSession

from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Job, Kind
from jobs.runtime.spark import threads
from jobs.runtime.spark.threads import cancel_all, in_parallel


def create_tables(jobs: Sequence[Job], lake: Lake) -> list[str]:
    """Create the missing tables of the jobs. Returns the columns that existing tables lack, or have narrower.

    Tables of CDC jobs are left out: their columns depend on the delivered files.
    """
    declared = [table for job in jobs if job.kind is not Kind.CHANGES for table in job.tables]
    if not declared:
        return []
    return list(chain(*in_parallel(lake.spark, *(partial(lake.ensure, table) for table in declared))))


def run_jobs(jobs: Sequence[Job], run: Callable[[Job], None], spark: SparkSession) -> None:
    """Call `run` for every job. `jobs` are in dependency order; those with the longest chain of readers start first.

    If a job fails, waits for the others to end and raises its error.
    """
    futures: dict[str, Future[None]] = {}
    depths: dict[str, int] = {}
    for job in reversed(jobs):
        depths[job.name] = 1 + max((depths[other.name] for other in jobs if job.writes in other.reads), default=0)

    def run_after(job: Job, inputs: Sequence[Future[None]]) -> None:
        for future in inputs:
            future.result()
        run(job)

    pool = threads.thread_pool(threads.MAX_THREADS, spark)
    try:
        for job in sorted(jobs, key=lambda candidate: -depths[candidate.name]):
            inputs = [futures[table.name] for table in job.reads if table.name in futures]
            futures[job.name] = pool.submit(run_after, job, inputs)
        for future in futures.values():
            future.result()
    except BaseException as error:
        cancel_all(pool, list(futures.values()), spark, error)
        raise
    pool.shutdown()
