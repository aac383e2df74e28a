"""Send a notice through the recipient's channel: terminal, mail or SNS."""

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from jobs.runtime.errors import BadArgument
from jobs.runtime.notify.notice import Notice, SendAttempt
from jobs.runtime.redaction import mask
from jobs.runtime.wording import printable

CHANNELS = ("print", "mail", "sns")


def notify(subject: str, body: str) -> None:
    """Print a message to the terminal."""
    print(printable(f"{subject}: {mask(body)}"), flush=True)


def trace() -> None:
    """Print the traceback of an unexpected error."""
    sys.stderr.write(printable(mask(traceback.format_exc())))


@dataclass(frozen=True)
class NoticeSender:
    """Sends notices. The recipient selects the channel: `print`, a mail address, or the ARN of an SNS topic."""

    server: tuple[str, int] | None
    sender: str | None
    secret: str | None

    @staticmethod
    def of(values: Mapping[str, Any]) -> "NoticeSender":
        """Read the mail options of the run."""
        return NoticeSender(values["mail_server"], values["mail_from"], values["mail_secret"])

    def check(self) -> None:
        """Raise BadArgument if mail cannot be sent because the server or the sender address is missing."""
        if missing := [
            name for name, value in {"--mail_server": self.server, "--mail_from": self.sender}.items() if not value
        ]:
            raise BadArgument(f"sending mail requires {' and '.join(missing)}")

    def send(self, recipient: str, notice: Notice, mark: str, attempt: SendAttempt) -> None:
        """Send a notice; `mark` identifies it.

        Raises DeliveryUnknown if it may have arrived, and any other error if it was not sent.
        """
        from jobs.runtime.notify import mail, sns_and_secrets  # imported only where needed

        if (by := channel(recipient)) == "sns":
            sns_and_secrets.publish(recipient, notice, mark, attempt)
        elif by == "mail":
            self.check()
            server, sender = cast(tuple[tuple[str, int], str], (self.server, self.sender))
            mail.send(
                server,
                mail.credentials(self.secret),
                mail.build_message(notice, sender, recipient, mark),
                recipient,
                attempt,
            )
        else:
            attempt.begin()
            notify(notice.subject, f"\n{notice.text}")


def channel(recipient: str) -> str:
    """The recipient's channel, one of CHANNELS."""
    return "mail" if "@" in recipient else "sns" if recipient.startswith("arn:") else "print"
