"""Tiles on every board: data quality and runs."""
