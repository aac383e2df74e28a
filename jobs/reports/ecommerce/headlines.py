"""What a run on these tables has found, in sentences: the first row of each list."""

from jobs.runtime.reporting.headlines import Headline

HEADLINES = {
    "unique_visitors": [
        Headline(
            of="grain = 'day' AND new_visitors > 0",
            first="named_struct('new', -new_visitors, 'day', period_start)",
            says="format_string('most new visitors came on %s: %,d of %,d%s', string(period_start), new_visitors, visitors, "
            "if(stickiness IS NULL, '; the data begin less than 28 days before, and at first everybody is new', ''))",
        )
    ],
    "abandoned_carts": [
        Headline(
            of="status = 'abandoned' AND closed_at IS NULL",
            first="named_struct('value', -value_at_risk, 'user', user_id, 'product', product_id)",
            says="format_string('the most valuable cart to win back: product %d for %s, left by visitor %d on %s', product_id, "
            "format_number(value_at_risk, 2), user_id, string(day))",
        )
    ],
    "cart_abandonment": [
        Headline(
            of="grain = 'line' AND recovered > 0",
            first="named_struct('value', -recovered_value, 'day', day)",
            says="format_string('most was won back of the carts of %s: %,d bought after all, for %s', string(day), recovered, "
            "format_number(recovered_value, 2))",
        )
    ],
    "top_categories": [
        Headline(
            of="is_promotion AND slot_kind = 'hour_of_week'",
            first="named_struct('lift', -smoothed_lift, 'level', -level, 'slot', slot, 'category', category)",
            says="format_string('to promote: %s on %ss at %d h, %.1f times its usual share', category, "
            "date_format(date_add(DATE '2024-01-01', int(slot div 24)), 'EEEE'), slot % 24, smoothed_lift)",
        )
    ],
    "brand_gaps": [
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
