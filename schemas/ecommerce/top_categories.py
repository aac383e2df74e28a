"""Which categories sell at which hour and weekday, and which are worth promoting then."""

from schemas.table import PERIOD, Column, Table

TOP_CATEGORIES = Table(
    name="ecommerce.top_categories",
    grain="one row per level, slot and category with a value above 0: (level, slot_kind, slot, category)",
    key=("level", "slot_kind", "slot", "category"),
    columns=(
        Column("level", "long", "Number of parts of category_code that form the category, 1 to 4.", required=True),
        Column("slot_kind", "string", "hour, weekday or hour_of_week.", required=True),
        Column(
            "slot",
            "long",
            "Local time. hour: 0 to 23; weekday: 1 (Monday) to 7; hour_of_week: (weekday - 1) x 24 + hour, 0 to 167.",
            required=True,
        ),
        Column(
            "category",
            "string",
            "Category at this level; (unknown) if the code is missing or has fewer parts.",
            required=True,
        ),
        Column("metric", "string", "What is counted: purchases, revenue, buyers, carts or views.", required=True),
        Column(
            "value",
            "decimal(38,2)",
            "The metric of the category in the slot. Buyers are distinct visitors and not additive.",
            required=True,
        ),
        Column("purchases", "long", "Purchases of the category in the slot.", required=True),
        Column(
            "revenue",
            "decimal(38,2)",
            "Sum of the prices of these purchases, in the currency of the shop.",
            required=True,
        ),
        Column(
            "occurrences",
            "long",
            "How often the slot occurred in the period; an hour repeated by a clock change counts twice.",
            required=True,
        ),
        Column("per_occurrence", "double", "value / occurrences.", required=True),
        Column(
            "share",
            "double",
            "value / sum of the values of all categories in the slot. Shares of buyers are not additive over slots.",
            required=True,
        ),
        Column(
            "base",
            "double",
            "The same share over the whole period. Shares of buyers are not additive over slots.",
            required=True,
        ),
        Column(
            "lift", "double", "share / base; above 1, the category sells better in this slot than usual.", required=True
        ),
        Column(
            "smoothed_lift",
            "double",
            "lift after adding 50 events (revenue: 50 mean prices) at the usual share to the slot, which dampens the "
            "lift of slots with few events.",
            required=True,
        ),
        Column(
            "eligible",
            "boolean",
            "At least 30 events of the metric in the slot (revenue: purchases; buyers: visitors), and the category "
            "is known.",
            required=True,
        ),
        Column("rank", "long", "1 for the largest value in the slot; ties by revenue, then name. NULL for (unknown)."),
        Column(
            "is_promotion",
            "boolean",
            "Worth promoting in this slot: eligible, smoothed_lift of at least 1.2, and among the k largest of these.",
            required=True,
        ),
        Column("share_low", "double", "Lower bound of the share, Wilson 95 %; NULL for revenue."),
        Column("share_high", "double", "Upper bound of the share, Wilson 95 %; NULL for revenue."),
        *PERIOD,
    ),
)
