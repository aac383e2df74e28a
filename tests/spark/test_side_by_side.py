"""Settings of the session apply in each thread of a run. The time zone of the test machine is Asia/Kathmandu."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event
from time import monotonic, sleep

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.batch.scheduler import run_jobs
from jobs.runtime.day_set import DayRanges
from jobs.runtime.errors import Stopped, WeirError
from jobs.runtime.job import Job
from jobs.runtime.spark import threads as threads_module
from jobs.runtime.spark.threads import cancel_all, thread_pool


def test_in_a_thread_a_cast_forgives_nothing(spark: SparkSession) -> None:
    def number() -> list[Row]:
        return spark.range(1).select(F.lit("x").cast("int")).collect()

    with thread_pool(1, spark) as pool, pytest.raises((PySparkException, Py4JJavaError), match="CAST_INVALID_INPUT"):
        pool.submit(number).result()


def test_in_a_thread_a_time_in_sql_is_in_utc(spark: SparkSession) -> None:
    with thread_pool(1, spark) as pool:
        column = pool.submit(F.expr, "TIMESTAMP'2019-10-01 00:00:00'").result()
    assert spark.range(1).select(column.cast("long")).collect()[0][0] == int(
        datetime(2019, 10, 1, tzinfo=UTC).timestamp()
    )


def test_the_days_that_are_asked_for_are_the_same_wherever_they_are_said(spark: SparkSession) -> None:
    """A thread without the session reads times in SQL in the zone of the machine, unless they name their zone."""
    times = spark.sql(
        "SELECT explode(sequence(TIMESTAMP'2019-09-30 12:00:00Z', TIMESTAMP'2019-10-02 12:00:00Z',"
        " INTERVAL 1 HOUR)) AS at"
    )
    with ThreadPoolExecutor(1) as pool:
        condition = pool.submit(DayRanges.of((date(2019, 10, 1), date(2019, 10, 1))).condition, "at", "UTC").result()
    found = times.filter(condition).agg(F.min("at").cast("long"), F.max("at").cast("long")).collect()[0]
    begins = int(datetime(2019, 10, 1, tzinfo=UTC).timestamp())
    assert tuple(found) == (begins, begins + 23 * 3600)


def test_what_threads_do_can_be_ended_in_seconds(spark: SparkSession) -> None:
    pool, began = thread_pool(1, spark), monotonic()
    slow = pool.submit(lambda: spark.range(10**13).filter("id % 7 = 8").collect())
    waits = pool.submit(lambda: spark.range(1).collect())
    sleep(1)
    cancel_all(pool, [slow, waits], spark, WeirError())
    assert monotonic() - began < 30
    assert slow.exception()
    assert waits.cancelled()


def test_a_stopped_run_does_not_wait_for_python_code(spark: SparkSession) -> None:
    is_running, is_over = Event(), Event()

    def work() -> None:
        is_running.set()
        is_over.wait()

    pool = thread_pool(1, spark)
    slow = pool.submit(work)
    is_running.wait()
    began = monotonic()
    cancel_all(pool, [slow], spark, Stopped())
    assert monotonic() - began < 3
    assert not slow.done()
    is_over.set()


def test_first_come_the_jobs_that_most_others_wait_for(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads_module, "MAX_THREADS", 1)
    started = list[Job]()
    run_jobs(DAILY.jobs, started.append, spark)
    assert sorted(job.name for job in started) == sorted(job.name for job in DAILY.jobs)
    places = {job.name: place for place, job in enumerate(started)}
    assert all(places[table.name] < places[job.name] for job in started for table in job.reads if table.name in places)
    awaited = {table.name for job in started for table in job.reads}
    assert {job.name for job in started[: len(awaited & places.keys())]} == awaited & places.keys()
