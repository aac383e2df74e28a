"""Each brand over all its categories: which need marketing, and what that would be worth."""

from jobs.headlines import Headline
from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.brand_gaps import BRAND_GAPS
from transforms.ecommerce.brand_gaps import brand_gaps

JOB = Job(
    reads=[BRAND_CATEGORY_GAPS],
    build=brand_gaps,
    writes=BRAND_GAPS,
    headlines=[
        Headline(
            of="primary_class IN ('checkout_gap', 'consideration_gap')",
            first="rank",
            says="format_string('%s has a %s: %.0f buyers missed, worth about %s', brand, replace(primary_class, '_', ' '), missed_buyers, missed_revenue)",
        ),
        Headline(
            of="primary_class = 'awareness_gap'",
            first="named_struct('exposure', exposure_index, 'brand', brand)",
            says="format_string('%s needs marketing: it gets %.2f of the views that its assortment would let expect', brand, exposure_index)",
        ),
    ],
)

if __name__ == "__main__":
    run(JOB)
