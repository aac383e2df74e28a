"""Each brand in each category compared with all other brands of the category: views, carts, purchases and exposure."""

from datetime import date, datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.vocabulary import RATES
from transforms.brand_rates import classify_brands, exposure_index
from transforms.dates import on_last_whole_days
from transforms.ratios import divided, rounded, wilson
from transforms.shop import category_at
from transforms.significance import min_expected, pooled_z

NO_BRAND = "(none)"
POOLED = ("viewers", "carters", "carted_buyers", "buyers", "unviewed_buyers", "revenue")


def brand_category_gaps(
    clean_events: DataFrame, *, as_of: datetime, time_zone: str, period_days: int, level: int, first_day: date | None
) -> DataFrame:
    """Compare the rates of each brand with those of its peers.

    *Grain:* one row per (brand, category) with any event in the period.
    *Nulls:* events without a brand count as peers but get no row; a missing category at this level is "(unknown)".
    """
    period = on_last_whole_days(clean_events, days=period_days, as_of=as_of, time_zone=time_zone, first_day=first_day)
    named = {"brand": F.coalesce("brand", F.lit(NO_BRAND)), "category": category_at(level)}
    events = period.withColumns(named)
    brands = _brands(events).join(
        _products(events), on=["brand", "category"]
    )  # one row per brand and category on both sides
    compared = _compare(_with_peers(brands)).filter(F.col("brand") != NO_BRAND)
    constants = {"level": F.lit(level).cast("long"), "time_zone": F.lit(time_zone)}
    return classify_brands(compared, ("brand", "category")).withColumns(constants).select(*BRAND_CATEGORY_GAPS.names)


def _brands(events: DataFrame) -> DataFrame:
    """Distinct visitors per brand and category by their actions."""
    visitors = events.groupBy("brand", "category", "user_id", "period_start", "period_end").agg(
        *(F.max(F.col("event_type") == action).alias(action) for action in ("view", "cart", "purchase"))
    )
    groups = {
        "viewers": F.col("view"),
        "carters": F.col("view") & F.col("cart"),
        "carted_buyers": F.col("view") & F.col("cart") & F.col("purchase"),
        "buyers": F.col("view") & F.col("purchase"),
        "unviewed_buyers": ~F.col("view") & F.col("purchase"),
    }
    return visitors.groupBy("brand", "category", "period_start", "period_end").agg(
        *(F.count_if(is_in).alias(name) for name, is_in in groups.items())
    )


def _products(events: DataFrame) -> DataFrame:
    """Views, revenue and distinct products per brand and category, and distinct products per category."""
    # Summing decimals is slow, so filter to the rows that matter.
    spent = F.expr("sum(price) FILTER (WHERE event_type = 'purchase')").alias("spent")
    views = F.count_if(F.col("event_type") == "view").alias("views")
    products = events.groupBy("brand", "category", "product_id").agg(views, spent)
    brands_of_product = Window.partitionBy("category", "product_id").orderBy("brand")  # total: products are distinct
    counted = products.withColumn("is_first", F.row_number().over(brands_of_product) == 1)
    of_brand = counted.groupBy("brand", "category").agg(
        F.sum("views").alias("views"),
        F.coalesce(F.sum("spent"), F.lit(0)).cast("decimal(38,2)").alias("revenue"),
        F.count("*").alias("products"),
        F.count_if("is_first").alias("first_products"),
    )
    category_products = F.sum("first_products").over(Window.partitionBy("category"))
    return of_brand.withColumn("category_products", category_products).drop("first_products")


def _with_peers(brands: DataFrame) -> DataFrame:
    """Add the sums over all other brands of the category."""
    category = Window.partitionBy("category")
    peers = {f"peers_{name}": F.sum(name).over(category) - F.col(name) for name in POOLED}
    peers["peers_revenue"] = peers["peers_revenue"].cast("decimal(38,2)")
    return brands.withColumns({**peers, "category_views": F.sum("views").over(category)})


def _compare(brands: DataFrame) -> DataFrame:
    columns: dict[str, Column] = {}
    for rate, (numerator, denominator) in RATES.items():
        cells = (F.col(numerator), F.col(denominator), F.col(f"peers_{numerator}"), F.col(f"peers_{denominator}"))
        own, peers = divided(*cells[:2]), divided(*cells[2:])
        low, high = wilson(*cells[:2])
        columns |= {
            rate: rounded(own),
            f"{rate}_low": low,
            f"{rate}_high": high,
            f"{rate}_peers": rounded(peers),
            f"{rate}_gap": rounded(own - peers),
        }
        columns |= {f"{rate}_z": pooled_z(*cells), f"{rate}_least_expected": min_expected(*cells)}
    return brands.withColumns({**columns, "exposure_index": exposure_index()})
