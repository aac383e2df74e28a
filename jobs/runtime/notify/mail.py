"""Send mail by SMTP."""

import os
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

from jobs.runtime.notify import sns_and_secrets
from jobs.runtime.notify.notice import REPLY_TIMEOUT, DeliveryUnknown, Notice, RecipientRefused, SendAttempt

# SMTP reply codes: from 500 on an error is permanent; 354 asks for the message.
_PERMANENT_ERROR, _START_MAIL_INPUT = 500, 354
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def build_message(notice: Notice, sender: str, recipient: str, mark: str) -> EmailMessage:
    """The notice as a mail with a text and an HTML part.

    `mark` becomes the Message-ID, by which receivers may drop duplicates. Auto-Submitted suppresses automatic replies.
    """
    message = EmailMessage()
    automatic = {"Message-ID": f"<{mark}@{sender.rpartition('@')[2]}>", "Auto-Submitted": "auto-generated"}
    for name, value in {
        "Subject": notice.subject,
        "From": sender,
        "To": recipient,
        "Date": formatdate(),
        **automatic,
    }.items():
        message[name] = value
    message.set_content(notice.text)
    message.add_alternative(notice.html, subtype="html")
    return message


def credentials(secret: str | None) -> tuple[str, str] | None:
    """User and password from AWS Secrets Manager or the environment; None if neither has them."""
    if secret:
        return sns_and_secrets.read_secret(secret)
    user, password = (os.environ.get(f"WEIR_MAIL_{name}") for name in ("USER", "PASSWORD"))
    return (user, password) if user and password else None


def send(
    server: tuple[str, int], login: tuple[str, str] | None, message: EmailMessage, recipient: str, attempt: SendAttempt
) -> None:
    """Send a mail.

    Raises DeliveryUnknown if it may have arrived, RecipientRefused if the server refused this recipient or message,
    and any other error if the server accepts no mail at all.
    """
    smtp = _SmtpClient(*server, timeout=REPLY_TIMEOUT)
    try:
        smtp.ehlo()
        if (
            smtp.has_extn("starttls") or server[0] not in _LOCAL_HOSTS
        ):  # mail leaves this machine encrypted or not at all
            smtp.starttls(context=ssl.create_default_context())
        if login:
            smtp.login(*login)
        attempt.begin()
        _transmit(smtp, message, recipient)
    finally:
        with suppress(OSError):  # the mail was accepted, or its own error is the one to report
            smtp.quit()


def _transmit(smtp: "_SmtpClient", message: EmailMessage, recipient: str) -> None:
    try:
        # Pass the recipient explicitly: smtplib would parse further addresses out of the headers.
        smtp.send_message(message, from_addr=str(message["From"]), to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        raise RecipientRefused(
            error, is_final=min(code for code, _ in error.recipients.values()) >= _PERMANENT_ERROR
        ) from error
    except (smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
        raise RecipientRefused(
            error, is_final=getattr(error, "smtp_code", _PERMANENT_ERROR) >= _PERMANENT_ERROR
        ) from error
    except OSError as error:
        raise DeliveryUnknown(str(error)) if smtp.has_asked_for_message else error from error


class _SmtpClient(smtplib.SMTP):
    has_asked_for_message = False  # from here on the server may have accepted the mail

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        self.has_asked_for_message = self.has_asked_for_message or code == _START_MAIL_INPUT
        return code, text
