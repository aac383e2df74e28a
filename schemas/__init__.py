"""What each table is: its grain, key, columns and units. Imports nothing of Weir but itself."""
