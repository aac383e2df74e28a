"""Wording of messages."""

import re

# Control characters but line breaks and tabs, those that change the direction of text, and those that are not seen.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, in the plural where it is not one: `1 file`, `2,000 files`, `2 branches`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def printable(text: str) -> str:
    """The text with control characters as escapes, such as \\x1b: no name can change a terminal or hide a part."""
    return _CONTROL.sub(lambda character: ascii(character[0])[1:-1], text)


def one_line(text: str, most: int = 100) -> str:
    """A name as it is shown in a line: its first `most` characters, printable, without line breaks and tabs."""
    shown = printable(text[:most]).replace("\n", "\\n").replace("\t", "\\t")
    return f"{shown}…" if len(text) > most else shown
