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
    """This recipient is refused, others may not be; for good, or for now."""

    def __init__(self, why: object, *, is_final: bool) -> None:
        super().__init__(str(why))
        self.is_final = is_final
