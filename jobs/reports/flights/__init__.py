"""The board of flights: its title, and what its sections are called."""

TITLE = "Flights"
SECTIONS = {"00": "At a glance", "01": "Delays", "02": "What did not fly", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
