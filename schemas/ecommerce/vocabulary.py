"""Enumerations of the shop domain, shared by transforms and suites."""

# Order of events within one second.
EVENT_TYPES = ("view", "cart", "remove_from_cart", "purchase")

EVENT_TYPE_SYNONYMS = {
    "add_to_cart": "cart",
    "removed from cart": "remove_from_cart",
    "remove": "remove_from_cart",
    "transaction": "purchase",
    "buy": "purchase",
}

EVENT_PROBLEMS = (
    "unparsable_time",
    "future",
    "too_old",
    "unknown_event_type",
    "bad_product_id",
    "bad_category_id",
    "bad_price",
    "bad_user_id",
)

GRAINS = ("day", "week", "month", "rolling_7d", "rolling_28d")

LIFECYCLE_STATES = ("new", "retained", "resurrected", "churned")

# Precedence when several cart lines of a visitor and day count as one cart.
CART_STATUSES = ("purchased", "recovered", "abandoned", "open", "removed")
CART_GRAINS = ("line", "session", "user")

FUNNEL_STEPS = ("view", "cart", "purchase")

CATEGORY_LEVELS = (1, 2, 3, 4)
CATEGORY_METRICS = ("purchases", "revenue", "buyers", "carts", "views")
SLOT_KINDS = ("hour", "weekday", "hour_of_week")

# Order of precedence.
GAP_CLASSES = ("insufficient_data", "checkout_gap", "consideration_gap", "awareness_gap", "healthy")

# rate: numerator, denominator
RATES = {"v2c": ("carters", "viewers"), "c2p": ("carted_buyers", "carters"), "v2p": ("buyers", "viewers")}
