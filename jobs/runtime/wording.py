"""Wording of messages."""


def count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where it is not one: `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
