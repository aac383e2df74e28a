"""What became of each product that a visitor laid into the cart."""

from jobs.runtime.job import Job, Onwards
from jobs.runtime.parameters import ABANDON_AFTER_HOURS, AS_OF, RECOVERY_DAYS, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from transforms.ecommerce.abandoned_carts import abandoned_carts, begun

JOB = Job(
    reads=[CLEAN_EVENTS],
    build=abandoned_carts,
    writes=ABANDONED_CARTS,
    parameters=[AS_OF, TIME_ZONE, ABANDON_AFTER_HOURS, RECOVERY_DAYS],
    increment=Onwards(begun),
)


if __name__ == "__main__":
    run(JOB)
