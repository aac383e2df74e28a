"""The first event of each visitor."""

from jobs.runtime.job import FirstOccurrence, Job
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from transforms.ecommerce.visitor_first_seen import moved_visitors, visitor_first_seen

JOB = Job(
    reads=[CLEAN_EVENTS],
    build=visitor_first_seen,
    writes=VISITOR_FIRST_SEEN,
    increment=FirstOccurrence(moved_visitors, time="event_time", first_time="first_event_time"),
)


if __name__ == "__main__":
    run(JOB)
