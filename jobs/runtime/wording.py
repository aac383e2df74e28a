"""Wording of messages."""

import re

# Control characters but line breaks and tabs, and those that change the direction of text.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, in the plural where it is not one: `1 file`, `2,000 files`, `2 branches`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def printable(text: str) -> str:
    """The text with control characters as escapes, such as \\x1b, so that no file or name can change a terminal."""
    return _CONTROL.sub(lambda character: ascii(character[0])[1:-1], text)
