"""The board of tables that follow a source: its title, and what its sections are called."""

TITLE = "Tables that follow a source"
SECTIONS = {"00": "At a glance", "01": "Freshness", "02": "Changes", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
