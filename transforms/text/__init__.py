"""Verbs for texts that people post: clean them, and find the places that they mention."""
