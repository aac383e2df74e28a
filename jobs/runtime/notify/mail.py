"""Send mail by SMTP."""

import os
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

from jobs.runtime.notify import sns
from jobs.runtime.notify.notice import SECONDS, InDoubt, Notice, NotTaken, Turn

# From this code on a server says that another try is of no use.
_FOR_GOOD, _ASKS_FOR_TEXT = 500, 354
_HERE = ("localhost", "127.0.0.1", "::1")


def written(notice: Notice, sender: str, recipient: str, mark: str) -> EmailMessage:
    """The notice as a mail, in text and in HTML. Receivers may drop a `mark` that comes twice, and answer nobody."""
    message = EmailMessage()
    of_machine = {"Message-ID": f"<{mark}@{sender.rpartition('@')[2]}>", "Auto-Submitted": "auto-generated"}
    for name, value in {
        "Subject": notice.subject,
        "From": sender,
        "To": recipient,
        "Date": formatdate(),
        **of_machine,
    }.items():
        message[name] = value
    message.set_content(notice.text)
    message.add_alternative(notice.html, subtype="html")
    return message


def credentials(secret: str | None) -> tuple[str, str] | None:
    """User and password: of a secret of AWS Secrets Manager, or of the environment; None where neither has any."""
    if secret:
        return sns.secret(secret)
    user, password = (os.environ.get(f"WEIR_MAIL_{name}") for name in ("USER", "PASSWORD"))
    return (user, password) if user and password else None


def send(
    server: tuple[str, int], known_as: tuple[str, str] | None, message: EmailMessage, recipient: str, turn: Turn
) -> None:
    """Hand it over. Raises InDoubt where it may have arrived, NotTaken; any other error says that the server takes nothing."""
    there = _Server(*server, timeout=SECONDS)
    try:
        there.ehlo()
        if (
            there.has_extn("starttls") or server[0] not in _HERE
        ):  # nothing leaves this machine that others can read on its way
            there.starttls(context=ssl.create_default_context())
        if known_as:
            there.login(*known_as)
        turn.begin()
        _give(there, message, recipient)
    finally:
        with suppress(OSError):  # it is taken, or its error is the one to tell
            there.quit()


def _give(there: "_Server", message: EmailMessage, recipient: str) -> None:
    try:
        # To whom it is addressed, not to what could be read into the address.
        there.send_message(message, from_addr=str(message["From"]), to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        raise NotTaken(error, is_final=min(code for code, _ in error.recipients.values()) >= _FOR_GOOD) from error
    except (smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
        raise NotTaken(error, is_final=getattr(error, "smtp_code", _FOR_GOOD) >= _FOR_GOOD) from error
    except OSError as error:
        raise InDoubt(str(error)) if there.is_given else error from error


class _Server(smtplib.SMTP):
    is_given = False  # once it has asked for the text

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        self.is_given = self.is_given or code == _ASKS_FOR_TEXT
        return code, text
