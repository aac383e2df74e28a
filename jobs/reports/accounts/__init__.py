"""The board of accounts: its title, and what its sections are called."""

TITLE = "Accounts and visits"
SECTIONS = {"00": "At a glance", "01": "Accounts", "02": "Visits", "09": "Data and runs"}
FINDINGS = {"top_visitors": "02"}
