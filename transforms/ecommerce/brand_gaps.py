"""Each brand over all its categories: purchases expected at the rates of its peers, and the value of the difference."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.brand_gaps import BRAND_GAPS
from schemas.ecommerce.vocabulary import RATES
from transforms.brand_rates import classify_brands, exposure_index
from transforms.ratios import ordered_sum, ratio, rounded

SUMMED = (
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
    """Rank brands by missed revenue.

    z is the Mantel-Haenszel statistic over the categories, so that a brand is compared with its peers within each one.

    *Grain:* one row per brand. *Ties:* in rank by viewers, then by name.
    *Nulls:* a category without viewers of other brands has no peers and is excluded from actual and expected.
    """
    peers_viewed = F.col("peers_viewers") > 0
    brands = brand_category_gaps.groupBy("brand", "level", "period_start", "period_end", "time_zone").agg(
        F.count("*").alias("categories"),
        *(F.sum(name).alias(name) for name in SUMMED),
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
    missed = _with_missed_revenue(brands.withColumns({**rates, "exposure_index": exposure_index()}))
    largest_first = (F.desc("missed_revenue"), F.desc("viewers"), "brand")
    by_loss = Window.partitionBy("level").orderBy(*largest_first)  # total: brand is unique
    ranked = classify_brands(missed, ("brand",)).withColumn("rank", F.row_number().over(by_loss).cast("long"))
    return ranked.select(*BRAND_GAPS.names)


def _strata(rate: str) -> dict[str, Column]:
    """The Mantel-Haenszel sums over informative categories: both groups are present, and not all outcomes are equal."""
    numerator, denominator = (F.col(name).cast("double") for name in RATES[rate])
    peers_numerator, peers_denominator = (F.col(f"peers_{name}").cast("double") for name in RATES[rate])
    total, happened = denominator + peers_denominator, numerator + peers_numerator
    is_informative = (total >= 2) & (denominator > 0) & (peers_denominator > 0) & (happened > 0) & (happened < total)
    expected = denominator * happened / F.when(is_informative, total)
    variance = expected * peers_denominator / total * (total - happened) / F.when(is_informative, total - 1)
    cells = {
        "done": expected,
        "missed": denominator - expected,
        "others_done": happened - expected,
        "others_missed": peers_denominator - happened + expected,
    }
    sums = {
        f"{rate}_excess": numerator - expected,
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


def _with_missed_revenue(brands: DataFrame) -> DataFrame:
    own = ratio(F.col("revenue"), F.col("buyers") + F.col("unviewed_buyers"))
    peers = ratio(F.col("peers_revenue"), F.col("peers_payers"))
    missed_revenue = rounded(F.col("missed_buyers") * F.coalesce("revenue_per_buyer", F.lit(0.0)))
    expected = brands.withColumns({"expected": rounded(F.col("expected")), "revenue_per_buyer": F.coalesce(own, peers)})
    missed_buyers = rounded(F.greatest(F.lit(0.0), F.col("expected") - F.col("actual")))
    missed = expected.withColumns({"ratio": ratio(F.col("actual"), F.col("expected")), "missed_buyers": missed_buyers})
    return missed.withColumn("missed_revenue", missed_revenue.cast("decimal(38,2)"))
