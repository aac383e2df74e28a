"""When each visitor was first seen."""

from jobs.runtime.incremental import first_events
from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from transforms.ecommerce.visitor_first_seen import visitor_first_seen

JOB = Job(reads=[CLEAN_EVENTS], build=visitor_first_seen, writes=VISITOR_FIRST_SEEN, increment=first_events.increment)


if __name__ == "__main__":
    run(JOB)
