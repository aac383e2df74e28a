"""Send a notice by the channel of its recipient: terminal, mail or SNS."""

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from jobs.runtime.errors import BadArgument
from jobs.runtime.masking import masked
from jobs.runtime.notify.notice import Notice, Turn

CHANNELS = ("print", "mail", "sns")


def notify(subject: str, body: str) -> None:
    """Print it: the channel of a run that a person watches."""
    print(f"{subject}: {masked(body)}", flush=True)


def trace() -> None:
    """Print where an error that nobody expected comes from."""
    sys.stderr.write(masked(traceback.format_exc()))


@dataclass(frozen=True)
class Post:
    """How notices leave. The recipient says by which channel: `print`, the address of a person, the ARN of an SNS topic."""

    server: tuple[str, int] | None
    sender: str | None
    secret: str | None

    @staticmethod
    def of(values: Mapping[str, Any]) -> "Post":
        """As the options say."""
        return Post(values["mail_server"], values["mail_from"], values["mail_secret"])

    def check(self) -> None:
        """Raises BadArgument where mails cannot be sent: there is no server, or no address that they come from."""
        if lacking := [
            name for name, value in {"--mail_server": self.server, "--mail_from": self.sender}.items() if not value
        ]:
            raise BadArgument(f"mails need {' and '.join(lacking)}")

    def send(self, recipient: str, notice: Notice, mark: str, turn: Turn) -> None:
        """Hand over a notice, `mark` telling it apart from all others. Raises InDoubt, or the error for which it surely was not sent."""
        from jobs.runtime.notify import mail, sns  # of use to few runs

        if (by := channel(recipient)) == "sns":
            sns.publish(recipient, notice, mark, turn)
        elif by == "mail":
            self.check()
            server, sender = cast(tuple[tuple[str, int], str], (self.server, self.sender))
            mail.send(
                server, mail.credentials(self.secret), mail.written(notice, sender, recipient, mark), recipient, turn
            )
        else:
            turn.begin()
            notify(notice.subject, f"\n{notice.text}")


def channel(recipient: str) -> str:
    """Which of CHANNELS."""
    return "mail" if "@" in recipient else "sns" if recipient.startswith("arn:") else "print"
