"""Which categories sell at which hour and weekday, and which are worth promoting then."""

from jobs.runtime.job import Job, Parameter, TrailingWindow
from jobs.runtime.parameters import AS_OF, PERIOD_DAYS, TIME_ZONE, number_between, one_of
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.vocabulary import CATEGORY_METRICS
from transforms.ecommerce.top_categories import top_categories

METRIC = Parameter(
    "metric", one_of(*CATEGORY_METRICS), "purchases", f"what top_categories counts: {', '.join(CATEGORY_METRICS)}"
)
K = Parameter("k", number_between(0, 1_000_000), 10, "maximum number of categories to promote per slot")
JOB = Job(
    reads=[CLEAN_EVENTS],
    build=top_categories,
    writes=TOP_CATEGORIES,
    parameters=[AS_OF, TIME_ZONE, PERIOD_DAYS, METRIC, K],
    increment=TrailingWindow(),
)


if __name__ == "__main__":
    run(JOB)
