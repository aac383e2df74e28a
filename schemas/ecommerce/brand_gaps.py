"""Each brand over all its categories: which need marketing, and what that would be worth."""

from schemas.ecommerce.brand_category_gaps import JUDGEMENT, LEVEL, tested
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
        Column("viewers", "long", "Viewers, added over the categories: a visitor counts in each.", required=True),
        Column("carters", "long", "Carters, added over the categories.", required=True),
        Column("carted_buyers", "long", "Carted buyers, added over the categories.", required=True),
        Column("buyers", "long", "Buyers, added over the categories.", required=True),
        Column("unviewed_buyers", "long", "Unviewed buyers, added over the categories.", required=True),
        Column(
            "revenue",
            "decimal(38,2)",
            "Revenue, added over the categories, in the currency of the shop.",
            required=True,
        ),
        *(
            column
            for rate, (did, could) in RATES.items()
            for column in (
                Column(rate, "double", f"{did} / {could}, 0 to 1."),
                *tested(rate, "z of Mantel and Haenszel"),
            )
        ),
        Column("actual", "long", "Buyers in the categories in which other brands have viewers.", required=True),
        Column(
            "expected",
            "double",
            "Buyers the brand would have there if its viewers bought as those of its peers do.",
            required=True,
        ),
        Column("ratio", "double", "actual / expected: below 1 the brand sells less than its peers to as many viewers."),
        Column("missed_buyers", "double", "expected - actual, or 0 if there are more.", required=True),
        Column(
            "revenue_per_buyer",
            "double",
            "Revenue / all its buyers; of the peers if it has none. In the currency of the shop.",
        ),
        Column(
            "missed_revenue",
            "decimal(38,2)",
            "missed_buyers x revenue_per_buyer, an estimate in the currency of the shop.",
            required=True,
        ),
        *JUDGEMENT,
        LEVEL,
        *PERIOD,
    ),
)
