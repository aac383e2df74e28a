"""Which categories sell at which hour and on which weekday, and which are worth promoting then."""

from jobs.headlines import Headline
from jobs.parameters import AS_OF, PERIOD_DAYS, TIME_ZONE, one_of, whole_number
from jobs.runtime.job import Job, Parameter
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.vocabulary import CATEGORY_METRICS
from transforms.ecommerce.top_categories import top_categories

METRIC = Parameter("metric", one_of(*CATEGORY_METRICS), "purchases", f"what top_categories counts: {', '.join(CATEGORY_METRICS)}")
K = Parameter("k", whole_number, 10, "categories to promote in a slot, at most")
JOB = Job(
    reads=[CLEAN_EVENTS],
    build=top_categories,
    writes=TOP_CATEGORIES,
    parameters=[AS_OF, TIME_ZONE, PERIOD_DAYS, METRIC, K],
    headlines=[
        Headline(
            of="is_promotion AND slot_kind = 'hour_of_week'",
            first="named_struct('lift', -smoothed_lift, 'level', -level, 'slot', slot, 'category', category)",
            says="format_string('to promote: %s on %ss at %d h, %.1f times its usual share', category, "
            "date_format(date_add(DATE '2024-01-01', int(slot div 24)), 'EEEE'), slot % 24, smoothed_lift)",
        )
    ],
)

if __name__ == "__main__":
    run(JOB)
