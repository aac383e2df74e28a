"""The outcome of each product that a visitor added to the cart."""

from jobs.runtime.job import FromFirstChange, Job, Parameter
from jobs.runtime.parameters import A_SPAN, AS_OF, TIME_ZONE, number_between
from jobs.runtime.run import run
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from transforms.ecommerce.abandoned_carts import abandoned_carts, oldest_open_line

ABANDON_AFTER_HOURS = Parameter(
    "abandon_after_hours", A_SPAN, 24, "hours after the last add at which a cart counts as abandoned"
)
RECOVERY_DAYS = Parameter(
    "recovery_days", number_between(0, 36_500), 7, "days after that in which a purchase recovers an abandoned cart"
)
JOB = Job(
    reads=[CLEAN_EVENTS],
    build=abandoned_carts,
    writes=ABANDONED_CARTS,
    parameters=[AS_OF, TIME_ZONE, ABANDON_AFTER_HOURS, RECOVERY_DAYS],
    increment=FromFirstChange(oldest_open_line),
)


if __name__ == "__main__":
    run(JOB)
