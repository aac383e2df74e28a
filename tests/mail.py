"""Local mail servers: real SMTP servers with configurable answers."""

import datetime
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobs.runtime.notify import outbox
from tests.aws.stand_in import free_port


@dataclass
class MailServer:
    """The received mails, and the answer for a recipient or a mail text. An empty answer means accepted."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    users: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    to_recipient: Callable[[str], str] = lambda _: ""
    to_text: Callable[[int], str] = lambda _: ""

    @property
    def options(self) -> list[str]:
        return ["--mail_server", f"localhost:{self.port}", "--mail_from", "weir@example.com"]

    def to(self, recipient: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == recipient]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not (answer := self.to_recipient(address)):
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.asked += 1
        if answer := self.to_text(self.asked):
            if answer == "hang up":
                server.transport.close()
            return answer
        mail: Any = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        self.mails.append(mail)
        return "250 OK"

    def known(self, *given: Any) -> AuthResult:
        self.users.append((given[-1].login.decode(), given[-1].password.decode()))
        return AuthResult(success=self.users[-1] == ("weir", "hunter2"))


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """With `tls` the server only accepts mails from clients that use STARTTLS and log in."""
    there = MailServer(free_port())

    class Here(Controller):
        def factory(self) -> SMTP:
            strict: dict[str, Any] = (
                {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": there.known}
                if tls
                else {}
            )
            return SMTP(there, **strict)

    controller = Here(there, hostname="127.0.0.1", port=there.port)
    controller.start()
    try:
        yield there
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for a server called localhost, and the SSL context that presents it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
    built = built.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    shown, hidden = folder / "certificate.pem", folder / "key.pem"
    shown.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    hidden.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown, hidden)
    return shown, context


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server for the tests, with short pauses between retries."""
    monkeypatch.setattr(outbox, "_PAUSES", (0.01, 0.02, 0.03))
    monkeypatch.setattr(outbox, "CHANNEL_TIMEOUT", 2.0)
    with mail_server() as there:
        yield there
