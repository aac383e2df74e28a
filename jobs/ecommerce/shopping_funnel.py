"""Conversion from view to cart to purchase."""

from jobs.runtime.job import DayByDay, Job, Parameter
from jobs.runtime.parameters import A_SPAN, AS_OF, TIME_ZONE
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from transforms.ecommerce.shopping_funnel import shopping_funnel

JOB = Job(
    reads=[CLEAN_EVENTS],
    build=shopping_funnel,
    writes=SHOPPING_FUNNEL,
    parameters=[
        AS_OF,
        TIME_ZONE,
        Parameter("funnel_window_hours", A_SPAN, 24, "hours after the first view within which cart and purchase count"),
    ],
    increment=DayByDay(back=2, hours=["funnel_window_hours"]),
)


if __name__ == "__main__":
    run(JOB)
