"""Each brand in each category against all other brands there."""

from schemas.ecommerce.vocabulary import RATES
from schemas.table import PERIOD, Column, Table

# What both tables of gaps say of a brand.
JUDGEMENT = (
    Column(
        "exposure_index",
        "double",
        "Share of the views of the category / share of its products: below 1 it is shown less than its assortment.",
    ),
    Column("insufficient_data", "boolean", "None of the three rates can be compared: no q is given.", required=True),
    Column(
        "checkout_gap",
        "boolean",
        "c2p is significantly below the peers and v2c is not: carts are not brought to an end. NULL where it cannot be told.",
    ),
    Column(
        "consideration_gap",
        "boolean",
        "v2c is significantly below the peers: looked at, not wanted. NULL where it cannot be told.",
    ),
    Column(
        "awareness_gap",
        "boolean",
        "exposure_index below 0.8 and v2p not significantly below the peers: sells when seen, needs marketing. NULL where v2p has no q.",
    ),
    Column(
        "primary_class",
        "string",
        "The first that holds of insufficient_data, checkout_gap, consideration_gap, awareness_gap; else healthy.",
        required=True,
    ),
)
LEVEL = Column("level", "long", "How many parts of category_code make the category.", required=True)


def tested(rate: str, test: str) -> tuple[Column, ...]:
    """How far a rate is from the peers', by chance alone."""
    return (
        Column(
            f"{rate}_z",
            "double",
            f"{test} of {rate} against the peers; below 0 the brand does worse. NULL where one side has nothing to compare.",
        ),
        Column(
            f"{rate}_p", "double", f"Two-sided probability of {rate}_z by chance; NULL where there are too few to tell."
        ),
        Column(
            f"{rate}_q",
            "double",
            f"{rate}_p after Benjamini and Hochberg over all rows that have one; at most 0.05 is significant.",
        ),
    )


BRAND_CATEGORY_GAPS = Table(
    name="ecommerce.brand_category_gaps",
    grain="one row per brand and category: (brand, category)",
    key=("brand", "category"),
    columns=(
        Column("brand", "string", "Brand. Events without one are part of the peers, and no row.", required=True),
        Column(
            "category",
            "string",
            "First parts of category_code, as many as level says; (unknown) where the code is missing or shorter.",
            required=True,
        ),
        Column(
            "viewers", "long", "Different visitors who viewed a product of the brand in the category.", required=True
        ),
        Column("carters", "long", "Viewers who also carted one.", required=True),
        Column("carted_buyers", "long", "Viewers who carted one and bought one.", required=True),
        Column("buyers", "long", "Viewers who bought one.", required=True),
        Column(
            "unviewed_buyers",
            "long",
            "Visitors who bought one without a view in the period; in none of the rates.",
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
            "Viewers of the other brands of the category, counted for each brand.",
            required=True,
        ),
        Column("peers_carters", "long", "Carters of the other brands, counted for each brand.", required=True),
        Column(
            "peers_carted_buyers", "long", "Carted buyers of the other brands, counted for each brand.", required=True
        ),
        Column("peers_buyers", "long", "Buyers of the other brands, counted for each brand.", required=True),
        Column(
            "peers_unviewed_buyers",
            "long",
            "Unviewed buyers of the other brands, counted for each brand.",
            required=True,
        ),
        Column(
            "peers_revenue", "decimal(38,2)", "Revenue of the other brands, in the currency of the shop.", required=True
        ),
        *(
            column
            for rate, (did, could) in RATES.items()
            for column in (
                Column(rate, "double", f"{did} / {could}, 0 to 1."),
                Column(f"{rate}_low", "double", f"Lower bound of {rate}, Wilson 95 %."),
                Column(f"{rate}_high", "double", f"Upper bound of {rate}, Wilson 95 %."),
                Column(f"{rate}_peers", "double", f"{did} / {could} of the peers together, 0 to 1."),
                Column(f"{rate}_gap", "double", f"{rate} - {rate}_peers; below 0 the brand does worse."),
                *tested(rate, "z of two shares"),
            )
        ),
        Column("views", "long", "Views of products of the brand in the category.", required=True),
        Column("category_views", "long", "Views of all products of the category.", required=True),
        Column(
            "products", "long", "Different products of the brand in the category that had any event.", required=True
        ),
        Column("category_products", "long", "Different products of the category that had any event.", required=True),
        *JUDGEMENT,
        LEVEL,
        *PERIOD,
    ),
)
