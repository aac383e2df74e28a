"""Conversion from view to cart to purchase."""

from schemas.table import TIME_ZONE, Column, Table

SHOPPING_FUNNEL = Table(
    name="ecommerce.shopping_funnel",
    grain="one row per day and step: (day, step)",
    key=("day", "step"),
    columns=(
        Column(
            "day",
            "date",
            "Local day of the visitor's first view of the product, the entry. All steps count on this day.",
            required=True,
        ),
        Column("step", "string", "view, cart or purchase.", required=True),
        Column(
            "entered",
            "long",
            "Pairs of visitor and product that reached the step: added to the cart at or after the entry, bought at "
            "or after "
            "that, both within funnel_window_hours of the entry.",
            required=True,
        ),
        Column("step_rate", "double", "entered / entered of the previous step, 0 to 1; NULL for view."),
        Column("overall_rate", "double", "entered / entered of view, 0 to 1.", required=True),
        Column(
            "drop_off",
            "long",
            "Pairs that reached the previous step but not this one before their window ended; 0 for view.",
            required=True,
        ),
        Column(
            "median_seconds",
            "double",
            "Median seconds from the previous step; NULL for view and if no pair entered.",
        ),
        Column(
            "pending",
            "long",
            "Pairs that reached the previous step and, as of as_of, may still reach this one in time; 0 for view.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(day)",
)
