"""A server that takes mails."""

from collections.abc import Iterator

import pytest

from jobs.runtime.notify import outbox
from tests.notices import MailServer, mail_server


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Nobody waits long between two tries."""
    monkeypatch.setattr(outbox, "_PAUSES", (0.01, 0.02, 0.03))
    monkeypatch.setattr(outbox, "PATIENCE", 2.0)
    with mail_server() as there:
        yield there
