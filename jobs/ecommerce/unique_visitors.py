"""Distinct visitors per day, week, month and rolling period."""

from jobs.runtime.job import ByPeriod, Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from transforms.ecommerce.unique_visitors import ROLLING_DAYS, unique_visitors

JOB = Job(
    reads=[VISITOR_DAYS, VISITOR_FIRST_SEEN],
    events=CLEAN_EVENTS,
    build=unique_visitors,
    writes=UNIQUE_VISITORS,
    parameters=[AS_OF, TIME_ZONE],
    # A day's stickiness is a share of the 28 days ending with it.
    increment=ByPeriod({"day": 28, **ROLLING_DAYS}, calendar=["week", "month"]),
)


if __name__ == "__main__":
    run(JOB)
