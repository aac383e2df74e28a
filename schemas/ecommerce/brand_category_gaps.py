"""Each brand in each category compared with all other brands of the category."""

from schemas.ecommerce.vocabulary import RATES
from schemas.table import PERIOD, Column, Table

# Classification columns of both gap tables.
CLASSIFICATION = (
    Column(
        "exposure_index",
        "double",
        "Share of the category's views / share of its products. Below 1, the brand is underexposed for its assortment.",
    ),
    Column("insufficient_data", "boolean", "None of the three rates has a q value.", required=True),
    Column(
        "checkout_gap",
        "boolean",
        "c2p is significantly below the peers and v2c is not: carts are not checked out. NULL if c2p has no q value.",
    ),
    Column(
        "consideration_gap",
        "boolean",
        "v2c is significantly below the peers: viewed but not added to the cart. NULL if v2c has no q value.",
    ),
    Column(
        "awareness_gap",
        "boolean",
        "exposure_index is below 0.8 and v2p is not significantly below the peers: it sells when seen and needs "
        "marketing. "
        "NULL if v2p has no q value.",
    ),
    Column(
        "primary_class",
        "string",
        "The first that is true of insufficient_data, checkout_gap, consideration_gap, awareness_gap; otherwise "
        "healthy.",
        required=True,
    ),
)
LEVEL = Column("level", "long", "Number of parts of category_code that form the category.", required=True)


def tested(rate: str, test: str) -> tuple[Column, ...]:
    """Columns for the significance of the difference between a rate and that of the peers."""
    return (
        Column(
            f"{rate}_z",
            "double",
            f"{test} of {rate} against the peers; negative if the brand is below them. NULL if there is nothing to "
            "compare.",
        ),
        Column(f"{rate}_p", "double", f"Two-sided p value of {rate}_z; NULL if there is too little data."),
        Column(
            f"{rate}_q",
            "double",
            f"{rate}_p adjusted by Benjamini-Hochberg over all rows that have one; significant at 0.05 or below.",
        ),
    )


BRAND_CATEGORY_GAPS = Table(
    name="ecommerce.brand_category_gaps",
    grain="one row per brand and category: (brand, category)",
    key=("brand", "category"),
    columns=(
        Column("brand", "string", "Brand. Events without a brand count as peers but have no row.", required=True),
        Column(
            "category",
            "string",
            "The first level parts of category_code; (unknown) if the code is missing or has fewer parts.",
            required=True,
        ),
        Column(
            "viewers", "long", "Distinct visitors who viewed a product of the brand in the category.", required=True
        ),
        Column("carters", "long", "Viewers who also added one to the cart.", required=True),
        Column("carted_buyers", "long", "Viewers who added one to the cart and bought one.", required=True),
        Column("buyers", "long", "Viewers who bought one.", required=True),
        Column(
            "unviewed_buyers",
            "long",
            "Visitors who bought one without a view in the period; not part of any rate.",
            required=True,
        ),
        Column(
            "revenue",
            "decimal(38,2)",
            "Sum of the prices of all purchases, in the currency of the shop.",
            required=True,
        ),
        Column(
            "peers_viewers",
            "long",
            "Viewers of the other brands of the category, counted once per brand.",
            required=True,
        ),
        Column("peers_carters", "long", "Carters of the other brands, counted once per brand.", required=True),
        Column(
            "peers_carted_buyers", "long", "Carted buyers of the other brands, counted once per brand.", required=True
        ),
        Column("peers_buyers", "long", "Buyers of the other brands, counted once per brand.", required=True),
        Column(
            "peers_unviewed_buyers",
            "long",
            "Unviewed buyers of the other brands, counted once per brand.",
            required=True,
        ),
        Column(
            "peers_revenue", "decimal(38,2)", "Revenue of the other brands, in the currency of the shop.", required=True
        ),
        *(
            column
            for rate, (numerator, denominator) in RATES.items()
            for column in (
                Column(rate, "double", f"{numerator} / {denominator}, 0 to 1."),
                Column(f"{rate}_low", "double", f"Lower bound of {rate}, Wilson 95 %."),
                Column(f"{rate}_high", "double", f"Upper bound of {rate}, Wilson 95 %."),
                Column(f"{rate}_peers", "double", f"{numerator} / {denominator} of all peers, 0 to 1."),
                Column(f"{rate}_gap", "double", f"{rate} - {rate}_peers; negative if the brand is below its peers."),
                *tested(rate, "z score for two proportions"),
            )
        ),
        Column("views", "long", "Views of products of the brand in the category.", required=True),
        Column("category_views", "long", "Views of all products of the category.", required=True),
        Column("products", "long", "Distinct products of the brand in the category with any event.", required=True),
        Column("category_products", "long", "Distinct products of the category with any event.", required=True),
        *CLASSIFICATION,
        LEVEL,
        *PERIOD,
    ),
)
