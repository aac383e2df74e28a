"""The flights board: its title and sections."""

TITLE = "Flights"
SECTIONS = {"00": "At a glance", "01": "Delays", "02": "Cancellations and diversions", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
