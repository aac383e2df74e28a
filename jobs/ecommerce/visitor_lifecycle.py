"""New, retained, resurrected and churned visitors per week."""

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from transforms.ecommerce.visitor_lifecycle import visitor_lifecycle

JOB = Job(
    reads=[VISITOR_DAYS, VISITOR_FIRST_SEEN],
    events=CLEAN_EVENTS,
    build=visitor_lifecycle,
    writes=VISITOR_LIFECYCLE,
    parameters=[AS_OF, TIME_ZONE],
    increment=DayByDay(back=6, ahead=7),
)


if __name__ == "__main__":
    run(JOB)
