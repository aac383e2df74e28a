"""The closed lists of the shop domain: the one place that the transforms and the suites take them from."""

# In the order in which events of one second happened.
EVENT_TYPES = ("view", "cart", "remove_from_cart", "purchase")

EVENT_TYPE_SYNONYMS = {
    "add_to_cart": "cart",
    "removed from cart": "remove_from_cart",
    "remove": "remove_from_cart",
    "transaction": "purchase",
    "buy": "purchase",
}

EVENT_PROBLEMS = (
    "truncated_or_malformed",
    "encoding",
    "unparsable_time",
    "future",
    "too_old",
    "unknown_event_type",
    "bad_product_id",
    "bad_category_id",
    "bad_price",
    "bad_user_id",
    "late",
)

GRAINS = ("day", "week", "month", "rolling_7d", "rolling_28d")
