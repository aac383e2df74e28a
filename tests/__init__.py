"""Tests in folders by what they need; CONTRIBUTING.md lists them."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
