"""The board of CDC tables: its title and sections."""

TITLE = "CDC tables"
SECTIONS = {"00": "At a glance", "01": "Freshness", "02": "Changes", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
