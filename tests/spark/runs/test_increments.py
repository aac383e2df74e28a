"""Day after day on one lake: only what changed is rebuilt, and the tables equal those of one run."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.ecommerce import abandoned_carts, cart_abandonment, clean_events
from jobs.ecommerce.daily import JOB as DAILY
from jobs.ecommerce.unique_visitors import JOB as UNIQUE
from jobs.runtime.job import Pipeline
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import FEW_TABLES, TWO_TABLES, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

KINDS = ("view", "view", "cart", "purchase", "cart", "remove_from_cart")
START = date(2019, 9, 20)


def lines_of(day: int) -> list[str]:
    """A dozen events of some visitors and products over one day."""
    return [
        line(
            event_time=f"{START + timedelta(days=day)} {hour * 2:02}:30:00",
            event_type=KINDS[(day + hour) % len(KINDS)],
            user_id=str(hour % 5),
            product_id=str((day + hour) % 4),
        )
        for hour in range(12)
    ]


def changed(daily: InProcess, table: Table, since: int | None) -> set[str] | None:
    return daily.lake.changed_partitions(table, since, daily.lake.main(table))


@fault("R06")
@fault("R07")
@pytest.mark.nightly
@pytest.mark.timeout(1200)
def test_a_new_day_and_a_late_one_touch_their_periods_and_give_the_tables_of_one_run(
    daily: InProcess, tmp_path: Path
) -> None:
    daily.job = DAILY
    daily.deliver("first.csv", *(line for day in (0, 5, 10, 26, 33, 40, 47, 54) for line in lines_of(day)))
    assert daily.run() == 0, daily.output
    before = {table: daily.lake.main(table) for job in DAILY.jobs for table in job.tables}

    daily.deliver("next.csv", *lines_of(55))
    assert daily.run() == 0, daily.output
    assert changed(daily, UNIQUE_VISITORS, before[UNIQUE_VISITORS]) == {"period_start_month=2019-11"}
    assert changed(daily, VISITOR_FIRST_SEEN, before[VISITOR_FIRST_SEEN]) in ({"first_event_time_month=2019-11"}, set())

    before = {table: daily.lake.main(table) for table in before}
    daily.deliver("late.csv", *lines_of(12), lines_of(12)[0])
    assert daily.run() == 0, daily.output
    assert changed(daily, UNIQUE_VISITORS, before[UNIQUE_VISITORS]) == {
        "period_start_month=2019-09",
        "period_start_month=2019-10",
    }
    assert (daily.lake.main(TOP_CATEGORIES), daily.lake.main(BRAND_GAPS)) == (
        before[TOP_CATEGORIES],
        before[BRAND_GAPS],
    )
    step_by_step = daily.content_hashes()

    daily.path = tmp_path / "other"
    assert daily.run("--time_zone", "UTC") == 0, daily.output
    assert daily.content_hashes() == step_by_step


@pytest.mark.nightly
def test_a_late_event_touches_just_the_months_in_which_its_visitors_were_first_seen(daily: InProcess) -> None:
    daily.job = TWO_TABLES
    first = daily.deliver(
        "first.csv",
        *(at(user, day) for user, day in ((1, "2019-09-05"), (2, "2019-11-05"), (3, "2019-11-06"), (4, "2019-12-20"))),
    )
    assert daily.run() == 0, daily.output

    def touched_by(name: str, *lines: str) -> set[str]:
        before = daily.lake.main(VISITOR_FIRST_SEEN)
        daily.deliver(name, *lines)
        assert daily.run() == 0, daily.output
        return {partition[-2:] for partition in changed(daily, VISITOR_FIRST_SEEN, before) or ()}

    assert touched_by("known.csv", at(1, "2019-10-01")) <= {"10"}
    assert touched_by("earlier.csv", at(3, "2019-10-02"), at(5, "2019-10-03")) == {"10", "11"}
    assert touched_by("same_month.csv", at(1, "2019-09-20")) == {"09"}
    seen = {row.user_id: f"{row.first_event_time:%m-%d}" for row in daily.table(VISITOR_FIRST_SEEN.name).collect()}
    assert seen == {1: "09-05", 2: "11-05", 3: "10-02", 4: "12-20", 5: "10-03"}
    assert daily.run("--withdraw", str(first)) == 0, daily.output
    seen = {row.user_id: f"{row.first_event_time:%m-%d}" for row in daily.table(VISITOR_FIRST_SEEN.name).collect()}
    assert seen == {1: "09-20", 3: "10-02", 5: "10-03"}


def at(user: int, day: str) -> str:
    return line(user_id=str(user), event_time=f"{day} 10:00:00")


@pytest.mark.nightly
def test_a_span_of_days_is_rebuilt_when_it_is_asked_for(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", *(line for day in range(0, 60, 15) for line in lines_of(day)))
    assert daily.run() == 0, daily.output
    before, rows = daily.lake.main(UNIQUE_VISITORS), content_hash(daily.table(UNIQUE_VISITORS.name))
    assert daily.run("--from", "2019-11-05", "--to", "2019-11-06", job=UNIQUE) == 0, daily.output
    assert changed(daily, UNIQUE_VISITORS, before) == {"period_start_month=2019-11"}
    assert content_hash(daily.table(UNIQUE_VISITORS.name)) == rows
    assert daily.run("--from", "2019-11-06", "--to", "2019-11-05", job=UNIQUE) == 2
    assert "--from 2019-11-06 is after --to 2019-11-05" in daily.output


def test_a_mart_alone_is_refused_where_its_input_was_built_with_other_options(daily: InProcess) -> None:
    daily.job = Pipeline("ecommerce.daily", [clean_events.JOB, abandoned_carts.JOB, cart_abandonment.JOB])
    bought_after_30_hours = line(event_time="2019-10-02 16:00:00 UTC", event_type="purchase")
    daily.deliver("a.csv", line(event_type="cart"), bought_after_30_hours)
    assert daily.run("--abandon_after_hours", "48") == 0, daily.output
    assert daily.run(job=cart_abandonment.JOB) == 3
    assert "reads ecommerce.abandoned_carts, which was built with --abandon_after_hours 48" in daily.output
    assert daily.run("--abandon_after_hours", "48", job=cart_abandonment.JOB) == 0, daily.output
