"""What each visitor did on each day."""

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from transforms.ecommerce.visitor_days import visitor_days

JOB = Job(
    reads=[CLEAN_EVENTS],
    build=visitor_days,
    writes=VISITOR_DAYS,
    parameters=[AS_OF, TIME_ZONE],
    increment=DayByDay(),
)


if __name__ == "__main__":
    run(JOB)
