"""The code that Spark generates to parse delivered files.

The JVM compiles no method above 8,000 bytes, and Spark's compiler accepts none above 64 kilobytes.
"""

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.job import Job
from jobs.runtime.maintenance.domain_jobs import PIPELINES
from jobs.runtime.spark.session import SPEED
from tests.conftest import Rows
from tests.delivered import with_line
from transforms.validated_rows import drop_unneeded_lines

JOBS = [job for pipeline in PIPELINES.values() for job in pipeline.jobs if job.rejects]
MOST_BYTES = int(SPEED["spark.sql.codegen.hugeMethodLimit"])
OPTIONS: dict[str, Any] = {
    "clock": datetime(2026, 11, 1, tzinfo=UTC),
    "date_profile": "infer",
    "zones": {},
    "max_late_days": None,
}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_the_generated_code_of_a_clean_transform_is_compiled(compiled: SparkSession, rows: Rows, job: Job) -> None:
    lines = with_line(job.reads[0])
    raw = compiled.range(10).selectExpr(
        *(f"cast(id AS {'boolean' if name == 'malformed' else 'string'}) AS `{name}`" for name in lines.names)
    )
    beside = {**{table.stem: rows(table, []) for table in job.reads[1:]}, "published": rows(job.writes, [])}
    given = {
        name: value for name, value in {**beside, **OPTIONS}.items() if name in inspect.signature(job.build).parameters
    }
    cleaned = drop_unneeded_lines(job.build(raw, **given))
    generated, sizes = cleaned._jdf.queryExecution().debug().codegenToSeq().iterator(), list[int]()
    while generated.hasNext():
        sizes.append(generated.next()._3().maxMethodCodeSize())
    assert sizes
    assert min(sizes) > 0
    assert max(sizes) < MOST_BYTES
