"""A mart of which only the changed periods are rebuilt equals a mart that is rebuilt in full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.ecommerce.daily import MEMBERS
from jobs.runtime.incremental.changed_days import Change, changed_days, previous_options
from jobs.runtime.incremental.incremental_mart import Mart, resolve_options
from jobs.runtime.incremental.plan_rebuild import RebuildPlan, plan_rebuild
from jobs.runtime.job import Job
from jobs.runtime.spark.small_frames import bounds, content_hash, local_frame
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.table import Table
from tests.properties.shops import Row, lines_on_the_limits, on_random_shops, shops
from tests.properties.test_marts import EXAMPLES

JOBS = {
    member.JOB.name: member.JOB for member in MEMBERS if not member.JOB.rejects and member.JOB.writes is not BRAND_GAPS
}


@dataclass(eq=False)  # hashed by identity, since results are cached per instance
class InMemory:
    """The part of a lake that a plan reads, with two versions of each table: before and after."""

    spark: SparkSession
    versions: Mapping[str, Mapping[int, DataFrame]]

    def frame(self, table: Table, version: int | None) -> DataFrame:
        return self.versions[table.name][version] if version else local_frame(self.spark, table, [])

    def changed_partitions(self, table: Table, before: int, now: int) -> set[str]:
        """The partitions with different rows, named as in Iceberg."""
        old, new = self.frame(table, before), self.frame(table, now)
        length = len("2019-10-01") if table.partition.startswith("days") else len("2019-10")
        names = F.substring(F.col(table.partition_column).cast("string"), 1, length)
        differing = old.exceptAll(new).unionByName(new.exceptAll(old)).select(names).distinct().collect()
        return {f"{table.partition_column}_x={row[0]}" for row in differing}


@dataclass
class State:
    """Every mart, built from all events, with its options."""

    events: DataFrame
    given: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.tables: dict[str, DataFrame] = {CLEAN_EVENTS.name: self.events.cache()}
        self.marts: dict[str, Mart] = {}

    def whole(self, job: Job, lake: InMemory) -> DataFrame:
        if job.name not in self.tables:
            mart = self.mart(job, lake, 1)
            self.tables[job.name] = mart.build(
                plan_rebuild(job.increment, Change(None, mart.options, {}, lake.frame(job.writes, None), {}))
                or RebuildPlan()
            ).cache()
        return self.tables[job.name]

    def mart(self, job: Job, lake: InMemory, version: int) -> Mart:
        frames = {
            table.stem: self.tables[table.name] if table is CLEAN_EVENTS else self.whole(JOBS[table.name], lake)
            for table in job.reads
        }
        defaults = {parameter.name: parameter.default for parameter in job.parameters} | {
            "clock": datetime(2026, 1, 1, tzinfo=UTC)
        }
        options = resolve_options(
            job, {**defaults, **self.given}, lambda table, before: bounds(self.tables[table.name], table.time, before)
        )
        consumed = {table.name: version for table in job.inputs}
        return Mart(job, lake, version, consumed, frames, options)  # type: ignore[arg-type]


@st.composite
def changed_shops(draw: st.DrawFn) -> tuple[list[Row], list[Row], datetime, datetime, str]:
    """The events before and after some days changed, as_of before and after, and the time zone."""
    events, as_of, zone = draw(shops())
    random = Random(draw(st.integers(0, 10**9)))
    start = min((one["event_time"] for one in events), default=datetime(2019, 10, 20, tzinfo=UTC))
    events = [one for one in events if random.random() < 0.5] + lines_on_the_limits(random, start, pairs=60)
    days = sorted({one["event_time"].date() for one in events})
    lost = set(random.sample(days, min(len(days), draw(st.integers(0, 2)))))
    fewer = [one for one in events if one["event_time"].date() not in lost or random.random() < 0.5]
    more = [
        {**one, "event_time": one["event_time"] + timedelta(days=draw(st.sampled_from([-40, 0, 1, 30])))}
        for one in random.sample(events, min(20, len(events)))
    ]
    after = events + more if draw(st.booleans()) else fewer
    return events, after, as_of, as_of + timedelta(hours=draw(st.sampled_from([0, 0, 24, 200, -30]))), zone


@pytest.mark.properties
@pytest.mark.parametrize("name", JOBS)
@on_random_shops(max(1, EXAMPLES // 4))
@given(shop=changed_shops())
def test_rebuilt_and_kept_rows_together_equal_a_full_rebuild(spark: SparkSession, name: str, shop: Any) -> None:
    spark.catalog.clearCache()  # the frames of earlier examples, with what their plans broadcast, would fill the memory
    before_events, after_events, before_as_of, after_as_of, zone = shop
    job, wanted = JOBS[name], {"time_zone": zone}
    before, after = (
        State(local_frame(spark, CLEAN_EVENTS, events), {**wanted, "as_of": as_of})
        for events, as_of in ((before_events, before_as_of), (after_events, after_as_of))
    )
    nothing = InMemory(spark, {})
    published, whole = before.whole(job, nothing), after.whole(job, nothing)
    versions = {table: {1: before.tables[table], 2: after.tables[table]} for table in before.tables}
    lake = InMemory(spark, versions)
    made_before, now = before.mart(job, lake, 1), after.mart(job, lake, 2)
    inputs = {table.name: table for table in job.inputs}
    days = changed_days(lake, inputs, made_before.consumed, now.consumed)  # type: ignore[arg-type]
    plan = plan_rebuild(
        job.increment, Change(days, now.options, previous_options(made_before.consumed), published, now.frames)
    )
    mart = Mart(job, lake, 1, now.inputs, now.frames, now.options)  # type: ignore[arg-type]
    found = published if plan is None else published.filter(~mart.is_rewritten(plan)).unionByName(mart.build(plan))
    assert content_hash(found) == content_hash(whole)
