"""Headlines of the shop's board: a sentence about the first row of each table."""

from jobs.runtime.reporting.headlines import Headline

HEADLINES = {
    "unique_visitors": [
        Headline(
            where="grain = 'day' AND new_visitors > 0",
            order_by="named_struct('new', -new_visitors, 'day', period_start)",
            text="format_string('most new visitors came on %s: %,d of %,d%s', "
            "string(period_start), new_visitors, visitors, "
            "if(stickiness IS NULL, '; the data starts less than 28 days earlier, when every visitor counts as new', "
            "''))",
        )
    ],
    "abandoned_carts": [
        Headline(
            where="status = 'abandoned' AND closed_at IS NULL",
            order_by="named_struct('value', -value_at_risk, 'user', user_id, 'product', product_id)",
            text="format_string('the most valuable cart to recover: product %d for %s, abandoned by visitor %d on %s', "
            "product_id, format_number(value_at_risk, 2), user_id, string(day))",
        )
    ],
    "cart_abandonment": [
        Headline(
            where="grain = 'line' AND recovered > 0",
            order_by="named_struct('value', -recovered_value, 'day', day)",
            text="format_string('the most cart value was recovered from %s: %,d %s bought late, for %s', "
            "string(day), recovered, if(recovered = 1, 'cart', 'carts'), format_number(recovered_value, 2))",
        )
    ],
    "top_categories": [
        Headline(
            where="is_promotion AND slot_kind = 'hour_of_week'",
            order_by="named_struct('lift', -smoothed_lift, 'level', -level, 'slot', slot, 'category', category)",
            text="format_string('to promote: %s on %ss at %d h, %.1f times its usual share', category, "
            "date_format(date_add(DATE '2024-01-01', int(slot div 24)), 'EEEE'), slot % 24, smoothed_lift)",
        )
    ],
    "brand_gaps": [
        Headline(
            where="primary_class IN ('checkout_gap', 'consideration_gap') AND missed_buyers > 0",
            order_by="rank",
            text="format_string('%s has a %s: %.0f %s missed, worth about %s', "
            "brand, replace(primary_class, '_', ' '), missed_buyers, if(round(missed_buyers) = 1, 'buyer', 'buyers'), "
            "format_number(missed_revenue, 2))",
        ),
        Headline(
            where="primary_class = 'awareness_gap'",
            order_by="named_struct('exposure', exposure_index, 'brand', brand)",
            text="format_string('%s needs marketing: it gets %.2f times the views expected from its assortment', "
            "brand, exposure_index)",
        ),
    ],
}
