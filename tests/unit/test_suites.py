"""Every expectation of every suite has a bad row that violates it."""

from expectations.suites import suite
from jobs.runtime.job import Job, StreamJob
from jobs.runtime.registry import jobs_by_name
from tests.spark.expectations.bad_rows import BAD


def test_every_table_that_is_made_has_its_bad_rows() -> None:
    makers = [job for job, _ in jobs_by_name().values() if isinstance(job, Job | StreamJob)]
    assert set(BAD) == {table for job in makers for table in job.tables}


def test_every_expectation_has_its_bad_row() -> None:
    suites = {table: suite(table)["expectations"] for table in BAD}
    assert {
        table.name for table, asked in suites.items() if set(BAD[table]) != {one["meta"]["name"] for one in asked}
    } == set()
    assert {one["severity"] for asked in suites.values() for one in asked} == {"critical", "warning"}
