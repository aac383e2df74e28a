"""A notice, and the state of an attempt to send it."""

from dataclasses import dataclass
from threading import Lock

# That a server may take for each of its answers.
SECONDS = 3.0


@dataclass(frozen=True)
class Notice:
    """One line, the text, and the same as HTML."""

    subject: str
    text: str
    html: str


class Turn:
    """The turn of a notice to be handed over: begun, or given up, whichever comes first."""

    def __init__(self) -> None:
        self._lock, self._is_under_way, self._is_given_up = Lock(), False, False

    def begin(self) -> None:
        """From here on it may arrive. Raises NotTaken where nobody waits for it any more."""
        with self._lock:
            if self._is_given_up:
                raise NotTaken("given up", is_final=True)
            self._is_under_way = True

    def end(self) -> None:
        """It surely did not arrive."""
        with self._lock:
            self._is_under_way = False

    def give_up(self) -> bool:
        """Whether it surely does not arrive any more."""
        with self._lock:
            self._is_given_up = True
            return not self._is_under_way


class InDoubt(Exception):
    """It may have arrived: it is not sent again."""


class NotTaken(Exception):
    """This recipient is refused, others may not be; for good, or for now."""

    def __init__(self, why: object, *, is_final: bool) -> None:
        super().__init__(str(why))
        self.is_final = is_final
