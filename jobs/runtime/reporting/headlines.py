"""What a run has found, in sentences: the top of each list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.masking import masked, without_pii
from schemas.table import Table


@dataclass(frozen=True)
class Headline:
    """The first row of a table, told; three pieces of SQL: which rows, what puts one first, and the sentence."""

    of: str
    first: str
    says: str


HEADLINES: dict[str, list[Headline]] = {
    "accounts.top_visitors": [
        Headline(of="rank = 1", first="rank", says="format_string('visitor %s came most often: %,d visits until %s', user_id, visits, string(last_day))"),
    ],
    "ecommerce.unique_visitors": [
        Headline(
            of="grain = 'day' AND new_visitors > 0",
            first="named_struct('new', -new_visitors, 'day', period_start)",
            says="format_string('most new visitors came on %s: %,d of %,d%s', string(period_start), new_visitors, visitors, "
            "if(stickiness IS NULL, '; the data begin less than 28 days before, and at first everybody is new', ''))",
        )
    ],
    "ecommerce.abandoned_carts": [
        Headline(
            of="status = 'abandoned' AND closed_at IS NULL",
            first="named_struct('value', -value_at_risk, 'user', user_id, 'product', product_id)",
            says="format_string('the most valuable cart to win back: product %d for %s, left by visitor %d on %s', product_id, "
            "format_number(value_at_risk, 2), user_id, string(day))",
        )
    ],
    "ecommerce.cart_abandonment": [
        Headline(
            of="grain = 'line' AND recovered > 0",
            first="named_struct('value', -recovered_value, 'day', day)",
            says="format_string('most was won back of the carts of %s: %,d bought after all, for %s', string(day), recovered, "
            "format_number(recovered_value, 2))",
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
            says="format_string('%s has a %s: %.0f buyers missed, worth about %s', brand, replace(primary_class, '_', ' '), missed_buyers, "
            "format_number(missed_revenue, 2))",
        ),
        Headline(
            of="primary_class = 'awareness_gap'",
            first="named_struct('exposure', exposure_index, 'brand', brand)",
            says="format_string('%s needs marketing: it gets %.2f of the views that its assortment would let expect', brand, exposure_index)",
        ),
    ],
}


def sentences(frames: Mapping[Table, DataFrame]) -> list[tuple[Table, str]]:
    """A table and a sentence for each headline of the tables that has a row; all are asked as one query. They tell nobody's address."""
    asked = [(table, one) for table in frames for one in HEADLINES.get(table.name, [])]
    firsts = [
        without_pii(frames[table], table).filter(one.of).orderBy(F.expr(one.first)).limit(1).select(F.lit(place).alias("place"), F.expr(one.says).alias("says"))
        for place, (table, one) in enumerate(asked)
    ]
    return [(asked[place][0], masked(says)) for place, says in sorted(reduce(DataFrame.unionAll, firsts).collect())] if firsts else []
