"""Daily pipeline of the shop: ingest new events and update all tables."""

from jobs.ecommerce import (
    abandoned_carts,
    brand_category_gaps,
    brand_gaps,
    cart_abandonment,
    clean_events,
    shopping_funnel,
    top_categories,
    unique_visitors,
    visitor_days,
    visitor_first_seen,
    visitor_lifecycle,
)
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

MEMBERS = (
    clean_events,
    visitor_days,
    visitor_first_seen,
    unique_visitors,
    visitor_lifecycle,
    abandoned_carts,
    cart_abandonment,
    shopping_funnel,
    top_categories,
    brand_category_gaps,
    brand_gaps,
)
JOB = Pipeline("ecommerce.daily", [member.JOB for member in MEMBERS], board="ecommerce")

if __name__ == "__main__":
    run(JOB)
