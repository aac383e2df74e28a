"""The shop's board: its title and sections, and the sections of its headlines."""

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
