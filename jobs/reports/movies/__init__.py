"""The movies board: its title and sections."""

TITLE = "Movies"
SECTIONS = {"00": "At a glance", "01": "Movies", "02": "Ratings", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
