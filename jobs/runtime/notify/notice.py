"""A notice, and the state of an attempt to send it."""

from dataclasses import dataclass
from threading import Lock

# How long a server may take for each reply, in seconds.
REPLY_TIMEOUT = 3.0


@dataclass(frozen=True)
class Notice:
    """A subject of one line, and a body as text and as HTML."""

    subject: str
    text: str
    html: str


class SendAttempt:
    """An attempt to send a notice, shared by the sending and the waiting thread: it is either started or cancelled."""

    def __init__(self) -> None:
        self._lock, self._is_under_way, self._is_cancelled = Lock(), False, False

    def begin(self) -> None:
        """Mark the notice as possibly delivered. Raises RecipientRefused if the attempt was cancelled."""
        with self._lock:
            if self._is_cancelled:
                raise RecipientRefused("cancelled", is_final=True)
            self._is_under_way = True

    def end(self) -> None:
        """Mark the notice as not delivered."""
        with self._lock:
            self._is_under_way = False

    def cancel(self) -> bool:
        """Cancel the attempt. Returns whether the notice is certain not to arrive."""
        with self._lock:
            self._is_cancelled = True
            return not self._is_under_way


class DeliveryUnknown(Exception):
    """The notice may have arrived, so it is not sent again."""


class RecipientRefused(Exception):
    """This recipient was refused, permanently (`is_final`) or temporarily; others may be accepted."""

    def __init__(self, why: object, *, is_final: bool) -> None:
        super().__init__(str(why))
        self.is_final = is_final
