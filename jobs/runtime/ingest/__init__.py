"""Delivered files into clean tables."""
