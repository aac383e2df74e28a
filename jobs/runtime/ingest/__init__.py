"""Ingest delivered files into clean and rejected tables."""
