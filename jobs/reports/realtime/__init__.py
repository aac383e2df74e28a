"""The realtime board: its title and sections."""

TITLE = "Stream"
SECTIONS = {"00": "At a glance", "01": "Rates", "02": "Bots and floods", "09": "Data and runs"}
FINDINGS: dict[str, str] = {}
