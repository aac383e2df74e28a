"""The accounts board: its title and sections, and the sections of its headlines."""

TITLE = "Accounts and visits"
SECTIONS = {"00": "At a glance", "01": "Accounts", "02": "Visits", "09": "Data and runs"}
FINDINGS = {"top_visitors": "02"}
