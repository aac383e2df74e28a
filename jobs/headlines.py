"""What a run has found, in sentences: the top of each list."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Headline:
    """The first row of a table, told; three pieces of SQL: which rows, what puts one first, and the sentence."""

    of: str
    first: str
    says: str


HEADLINES: dict[str, list[Headline]] = {
    "ecommerce.abandoned_carts": [
        Headline(
            of="status = 'abandoned' AND closed_at IS NULL",
            first="named_struct('value', -value_at_risk, 'user', user_id, 'product', product_id)",
            says="format_string('the dearest cart to win back: product %d for %s, left by visitor %d on %s', product_id, value_at_risk, user_id, string(day))",
        )
    ],
    "ecommerce.cart_abandonment": [
        Headline(
            of="grain = 'line' AND recovered > 0",
            first="named_struct('value', -recovered_value, 'day', day)",
            says="format_string('most was won back of the carts of %s: %,d bought after all, for %s', string(day), recovered, recovered_value)",
        )
    ],
    "ecommerce.top_categories": [
        Headline(
            of="is_promotion AND slot_kind = 'hour_of_week'",
            first="named_struct('lift', -smoothed_lift, 'level', -level, 'slot', slot, 'category', category)",
            says="format_string('to promote: %s on %ss at %d h, %.1f times its usual share', category, "
            "date_format(date_add(DATE '2024-01-01', int(slot div 24)), 'EEEE'), slot % 24, smoothed_lift)",
        )
    ],
    "ecommerce.brand_gaps": [
        Headline(
            of="primary_class IN ('checkout_gap', 'consideration_gap') AND missed_buyers > 0",
            first="rank",
            says="format_string('%s has a %s: %.0f buyers missed, worth about %s', brand, replace(primary_class, '_', ' '), missed_buyers, missed_revenue)",
        ),
        Headline(
            of="primary_class = 'awareness_gap'",
            first="named_struct('exposure', exposure_index, 'brand', brand)",
            says="format_string('%s needs marketing: it gets %.2f of the views that its assortment would let expect', brand, exposure_index)",
        ),
    ],
}


def sentences(table: str, frame: DataFrame) -> list[str]:
    """A sentence for each headline of the table that has a row."""
    firsts = (frame.filter(one.of).orderBy(F.expr(one.first)).limit(1).select(F.expr(one.says)) for one in HEADLINES.get(table, []))
    return [row[0] for first in firsts for row in first.collect()]
