"""How brands are judged: by three rates of their viewers, and by how much they are shown."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.vocabulary import RATES
from transforms.ratios import ratio, rounded
from transforms.significance import LEAST_EXPECTED, SIGNIFICANT, two_sided_p, with_q

LEAST_VIEWERS = 100
LEAST_EXPOSURE = 0.8


def exposure_index() -> Column:
    """The share of the views that the brand gets over its share of the products. *Nulls:* NULL where nothing is viewed."""
    return ratio(F.col("views") * F.col("category_products"), F.col("category_views") * F.col("products"))


def judged(compared: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """Rows with {rate}_z and {rate}_least_expected, and with {rate}_p, {rate}_q and their class added; `key` tells them apart.

    *Nulls:* p and q are NULL where there are too few viewers, too few among the peers, or too small an expected cell.
    """
    has_viewers = (F.col("viewers") >= LEAST_VIEWERS) & (F.col("peers_viewers") >= LEAST_VIEWERS)
    is_sufficient = {rate: has_viewers & (rounded(F.col(f"{rate}_least_expected")) >= LEAST_EXPECTED) for rate in RATES}
    tested = compared.withColumns(
        {f"{rate}_p": F.when(is_sufficient[rate], two_sided_p(F.col(f"{rate}_z"))) for rate in RATES}
    )
    known = with_q(tested, {f"{rate}_p": f"{rate}_q" for rate in RATES}, key)
    published = {f"{rate}_{what}": rounded(F.col(f"{rate}_{what}")) for rate in RATES for what in ("z", "p", "q")}
    return _classified(known.withColumns(published))


def _classified(compared: DataFrame) -> DataFrame:
    checkout_gap = F.when(_is_below("c2p").isNotNull(), _is_below("c2p") & ~F.coalesce(_is_below("v2c"), F.lit(False)))
    is_insufficient = F.coalesce(*(F.col(f"{rate}_q") for rate in RATES)).isNull()
    flags = {
        "insufficient_data": is_insufficient,
        "checkout_gap": checkout_gap,
        "consideration_gap": _is_below("v2c"),
        "awareness_gap": F.when(
            _is_below("v2p").isNotNull(), (F.col("exposure_index") < LEAST_EXPOSURE) & ~_is_below("v2p")
        ),
    }
    first = F.coalesce(*(F.when(F.col(flag), flag) for flag in flags), F.lit("healthy"))
    return compared.withColumns(flags).withColumn("primary_class", first)


def _is_below(rate: str) -> Column:
    """Significantly below the peers. *Nulls:* NULL where it cannot be told."""
    q = F.col(f"{rate}_q")
    return F.when(q.isNotNull(), (q <= SIGNIFICANT) & (F.col(f"{rate}_z") < 0))
