"""What somebody is told."""

from dataclasses import dataclass

# That a server may take for each of its answers.
SECONDS = 3.0


@dataclass(frozen=True)
class Notice:
    """One line, the text, and the same as HTML."""

    subject: str
    text: str
    html: str


class InDoubt(Exception):
    """It may have arrived: it is not sent again."""


class NotTaken(Exception):
    """This recipient is refused; others may not be."""
