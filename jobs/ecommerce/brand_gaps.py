"""Each brand over all its categories: which need marketing, and the missed revenue."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from transforms.ecommerce.brand_gaps import brand_gaps

JOB = Job(reads=[BRAND_CATEGORY_GAPS], build=brand_gaps, writes=BRAND_GAPS)

if __name__ == "__main__":
    run(JOB)
