"""How many carts of a day were purchased, recovered, removed or abandoned."""

from jobs.ecommerce.abandoned_carts import ABANDON_AFTER_HOURS, RECOVERY_DAYS
from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from transforms.ecommerce.cart_abandonment import cart_abandonment

JOB = Job(
    reads=[ABANDONED_CARTS, CLEAN_EVENTS],
    build=cart_abandonment,
    writes=CART_ABANDONMENT,
    parameters=[AS_OF, TIME_ZONE, ABANDON_AFTER_HOURS, RECOVERY_DAYS],
    increment=DayByDay(back=3, days=["recovery_days"], hours=["abandon_after_hours"]),
)


if __name__ == "__main__":
    run(JOB)
