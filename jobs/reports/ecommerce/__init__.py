"""The shop's board: its title, what its sections are called, and in which of them the headlines of a table belong."""

TITLE = "The shop"
SECTIONS = {
    "00": "At a glance",
    "01": "Visitors",
    "02": "Carts",
    "03": "Categories",
    "04": "Brands",
    "09": "Data and runs",
}
FINDINGS = {
    "unique_visitors": "01",
    "abandoned_carts": "02",
    "cart_abandonment": "02",
    "top_categories": "03",
    "brand_gaps": "04",
}
