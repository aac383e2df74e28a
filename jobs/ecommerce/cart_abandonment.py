"""How many carts of a day were bought, won back, emptied or left."""

from jobs.runtime.incremental.plan import day_by_day
from jobs.runtime.job import Job
from jobs.runtime.parameters import ABANDON_AFTER_HOURS, AS_OF, RECOVERY_DAYS, TIME_ZONE
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
    increment=day_by_day(lambda abandon_after_hours, recovery_days, **_: abandon_after_hours // 24 + recovery_days + 3),
)


if __name__ == "__main__":
    run(JOB)
