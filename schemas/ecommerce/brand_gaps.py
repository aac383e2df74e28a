"""Each brand over all its categories: which need marketing, and the missed revenue."""

from schemas.ecommerce.brand_category_gaps import CLASSIFICATION, LEVEL, tested
from schemas.ecommerce.vocabulary import RATES
from schemas.table import PERIOD, Column, Table

BRAND_GAPS = Table(
    name="ecommerce.brand_gaps",
    grain="one row per brand",
    key=("brand",),
    columns=(
        Column("brand", "string", "Brand.", required=True),
        Column("rank", "long", "1 for the largest missed_revenue; ties by viewers, then name.", required=True),
        Column("categories", "long", "Categories in which the brand has events.", required=True),
        Column(
            "viewers", "long", "Viewers, summed over the categories: a visitor counts once per category.", required=True
        ),
        Column("carters", "long", "Carters, summed over the categories.", required=True),
        Column("carted_buyers", "long", "Carted buyers, summed over the categories.", required=True),
        Column("buyers", "long", "Buyers, summed over the categories.", required=True),
        Column("unviewed_buyers", "long", "Unviewed buyers, summed over the categories.", required=True),
        Column(
            "revenue",
            "decimal(38,2)",
            "Revenue, summed over the categories, in the currency of the shop.",
            required=True,
        ),
        *(
            column
            for rate, (numerator, denominator) in RATES.items()
            for column in (
                Column(rate, "double", f"{numerator} / {denominator}, 0 to 1."),
                *tested(rate, "Mantel-Haenszel z score"),
            )
        ),
        Column("actual", "long", "Buyers in the categories in which other brands have viewers.", required=True),
        Column(
            "expected",
            "double",
            "Buyers the brand would have there at the v2p of its peers.",
            required=True,
        ),
        Column(
            "ratio", "double", "actual / expected; below 1, the brand sells to fewer of its viewers than its peers do."
        ),
        Column("missed_buyers", "double", "expected - actual, or 0 if negative.", required=True),
        Column(
            "revenue_per_buyer",
            "double",
            "Revenue / all its buyers, or that of the peers if it has no buyers, in the currency of the shop.",
        ),
        Column(
            "missed_revenue",
            "decimal(38,2)",
            "missed_buyers x revenue_per_buyer, an estimate in the currency of the shop.",
            required=True,
        ),
        *CLASSIFICATION,
        LEVEL,
        *PERIOD,
    ),
)
