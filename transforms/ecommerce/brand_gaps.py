"""Each brand over all its categories: what its viewers would have bought as its peers' do, and what that is worth."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.vocabulary import RATES
from transforms.brand_rates import exposure_index, judged
from transforms.ratios import ordered_sum, ratio, rounded

COUNTED = (
    "viewers",
    "carters",
    "carted_buyers",
    "buyers",
    "unviewed_buyers",
    "views",
    "category_views",
    "products",
    "category_products",
)


def brand_gaps(brand_category_gaps: DataFrame) -> DataFrame:
    """*Grain:* one row per brand. *Ties:* in rank by viewers, then by name.

    z is that of Mantel and Haenszel over the categories, so that a brand is held against its peers in each of them.
    *Nulls:* a category without peers' viewers has nothing to be held against: it is left out of actual and expected.
    """
    peers_viewed = F.col("peers_viewers") > 0
    brands = brand_category_gaps.groupBy("brand", "level", "period_start", "period_end", "time_zone").agg(
        F.count("*").alias("categories"),
        *(F.sum(name).alias(name) for name in COUNTED),
        *(F.sum(name).cast("decimal(38,2)").alias(name) for name in ("revenue", "peers_revenue")),
        F.sum(F.when(F.col("viewers") > 0, F.col("peers_viewers")).otherwise(F.lit(0))).alias("peers_viewers"),
        F.sum(F.col("peers_buyers") + F.col("peers_unviewed_buyers")).alias("peers_payers"),
        F.sum(F.when(peers_viewed, F.col("buyers")).otherwise(F.lit(0))).alias("actual"),
        ordered_sum(F.col("viewers") * F.col("peers_buyers") / F.when(peers_viewed, F.col("peers_viewers"))).alias(
            "expected"
        ),
        *(column.alias(name) for rate in RATES for name, column in _strata(rate).items()),
    )
    rates = {name: column for rate in RATES for name, column in _rate(rate).items()}
    missed = _missed(brands.withColumns({**rates, "exposure_index": exposure_index()}))
    by_loss = Window.partitionBy("level").orderBy(
        F.desc("missed_revenue"), F.desc("viewers"), "brand"
    )  # total: brand is unique
    ranked = judged(missed, ("brand",)).withColumn("rank", F.row_number().over(by_loss).cast("long"))
    return ranked.select(*BRAND_GAPS.names)


def _strata(rate: str) -> dict[str, Column]:
    """The sums of Mantel and Haenszel over the categories in which brand and peers, done and not done, all occur."""
    did, could = (F.col(name).cast("double") for name in RATES[rate])
    others_did, others_could = (F.col(f"peers_{name}").cast("double") for name in RATES[rate])
    everybody, happened = could + others_could, did + others_did
    is_telling = (everybody >= 2) & (could > 0) & (others_could > 0) & (happened > 0) & (happened < everybody)
    expected = could * happened / F.when(is_telling, everybody)
    variance = expected * others_could / everybody * (everybody - happened) / F.when(is_telling, everybody - 1)
    cells = {
        "done": expected,
        "missed": could - expected,
        "others_done": happened - expected,
        "others_missed": others_could - happened + expected,
    }
    sums = {
        f"{rate}_excess": did - expected,
        f"{rate}_variance": variance,
        **{f"{rate}_{name}": cell for name, cell in cells.items()},
    }
    return {name: ordered_sum(term) for name, term in sums.items()}


def _rate(rate: str) -> dict[str, Column]:
    cells = (F.col(f"{rate}_{name}") for name in ("done", "missed", "others_done", "others_missed"))
    variance = F.col(f"{rate}_variance")
    return {
        rate: ratio(*(F.col(name) for name in RATES[rate])),
        f"{rate}_z": F.when(variance > 0, F.col(f"{rate}_excess") / F.sqrt(variance)),
        f"{rate}_least_expected": F.least(*cells),
    }


def _missed(brands: DataFrame) -> DataFrame:
    own = ratio(F.col("revenue"), F.col("buyers") + F.col("unviewed_buyers"))
    peers = ratio(F.col("peers_revenue"), F.col("peers_payers"))
    missed_revenue = rounded(F.col("missed_buyers") * F.coalesce("revenue_per_buyer", F.lit(0.0)))
    expected = brands.withColumns({"expected": rounded(F.col("expected")), "revenue_per_buyer": F.coalesce(own, peers)})
    missed_buyers = rounded(F.greatest(F.lit(0.0), F.col("expected") - F.col("actual")))
    missed = expected.withColumns({"ratio": ratio(F.col("actual"), F.col("expected")), "missed_buyers": missed_buyers})
    return missed.withColumn("missed_revenue", missed_revenue.cast("decimal(38,2)"))
