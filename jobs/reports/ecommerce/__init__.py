"""The shop's board: its title, and what its sections are called."""

TITLE = "The shop"
SECTIONS = {"00": "At a glance", "01": "Visitors", "02": "Carts", "03": "Categories", "04": "Brands", "05": "Data and runs"}
