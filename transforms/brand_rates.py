"""Classify brands by the three rates of their viewers and by their exposure."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.vocabulary import RATES
from transforms.ratios import ratio, rounded
from transforms.significance import MIN_EXPECTED, SIGNIFICANCE_LEVEL, add_q_values, two_sided_p

MIN_VIEWERS = 100
MIN_EXPOSURE = 0.8


def exposure_index() -> Column:
    """The brand's share of views divided by its share of products. *Nulls:* NULL if the category has no views."""
    return ratio(F.col("views") * F.col("category_products"), F.col("category_views") * F.col("products"))


def classify_brands(compared: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """Add {rate}_p, {rate}_q and the class to rows with {rate}_z and {rate}_least_expected. `key` identifies rows.

    *Nulls:* p and q are NULL if the brand or its peers have too few viewers, or an expected count is too small.
    """
    has_viewers = (F.col("viewers") >= MIN_VIEWERS) & (F.col("peers_viewers") >= MIN_VIEWERS)
    is_sufficient = {rate: has_viewers & (rounded(F.col(f"{rate}_least_expected")) >= MIN_EXPECTED) for rate in RATES}
    tested = compared.withColumns(
        {f"{rate}_p": F.when(is_sufficient[rate], two_sided_p(F.col(f"{rate}_z"))) for rate in RATES}
    )
    adjusted = add_q_values(tested, {f"{rate}_p": f"{rate}_q" for rate in RATES}, key)
    published = {
        f"{rate}_{statistic}": rounded(F.col(f"{rate}_{statistic}")) for rate in RATES for statistic in ("z", "p", "q")
    }
    return _classify(adjusted.withColumns(published))


def _classify(compared: DataFrame) -> DataFrame:
    checkout_gap = F.when(_is_below("c2p").isNotNull(), _is_below("c2p") & ~F.coalesce(_is_below("v2c"), F.lit(False)))
    is_insufficient = F.coalesce(*(F.col(f"{rate}_q") for rate in RATES)).isNull()
    flags = {
        "insufficient_data": is_insufficient,
        "checkout_gap": checkout_gap,
        "consideration_gap": _is_below("v2c"),
        "awareness_gap": F.when(
            _is_below("v2p").isNotNull(), (F.col("exposure_index") < MIN_EXPOSURE) & ~_is_below("v2p")
        ),
    }
    first = F.coalesce(*(F.when(F.col(flag), flag) for flag in flags), F.lit("healthy"))
    return compared.withColumns(flags).withColumn("primary_class", first)


def _is_below(rate: str) -> Column:
    """Whether the rate is significantly below that of the peers. *Nulls:* NULL without a q-value."""
    q = F.col(f"{rate}_q")
    return F.when(q.isNotNull(), (q <= SIGNIFICANCE_LEVEL) & (F.col(f"{rate}_z") < 0))
