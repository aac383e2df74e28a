"""Each brand in each category compared with all other brands of the category."""

from jobs.runtime.job import Job, Parameter, TrailingWindow
from jobs.runtime.parameters import AS_OF, PERIOD_DAYS, TIME_ZONE, one_of
from jobs.runtime.run import run
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.vocabulary import CATEGORY_LEVELS
from transforms.ecommerce.brand_category_gaps import brand_category_gaps

LEVEL = Parameter("level", one_of(*CATEGORY_LEVELS), 2, "number of parts of category_code that form the category")
JOB = Job(
    reads=[CLEAN_EVENTS],
    build=brand_category_gaps,
    writes=BRAND_CATEGORY_GAPS,
    parameters=[AS_OF, TIME_ZONE, PERIOD_DAYS, LEVEL],
    increment=TrailingWindow(),
)


if __name__ == "__main__":
    run(JOB)
