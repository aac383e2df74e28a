"""How far those who looked at a product got: view, cart, purchase."""

from schemas.table import TIME_ZONE, Column, Table

SHOPPING_FUNNEL = Table(
    name="ecommerce.shopping_funnel",
    grain="one row per day and step: (day, step)",
    key=("day", "step"),
    columns=(
        Column(
            "day",
            "date",
            "Local day of the first view of the product by the visitor: the entry. All steps count on it.",
            required=True,
        ),
        Column("step", "string", "view, cart or purchase.", required=True),
        Column(
            "entered",
            "long",
            "Pairs of visitor and product that reached the step: carted at or after the entry, bought at or after that, both within "
            "funnel_window_hours of the entry.",
            required=True,
        ),
        Column("step_rate", "double", "entered / entered of the step before, 0 to 1; NULL for view."),
        Column("overall_rate", "double", "entered / entered of view, 0 to 1.", required=True),
        Column(
            "drop_off",
            "long",
            "Pairs that reached the step before and, their window being over, not this one; 0 for view.",
            required=True,
        ),
        Column(
            "median_seconds",
            "double",
            "Median of the seconds from the step before; NULL for view and where nobody entered.",
        ),
        Column(
            "pending",
            "long",
            "Pairs that reached the step before and, as_of, may still reach this one in time; 0 for view.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(day)",
)
