"""Passwords and addresses in a text are masked."""

from jobs.runtime.redaction import mask


def test_passwords_and_addresses_go_from_a_text() -> None:
    text = "smtp://ana:pw@host?password=x&y=1 told ana.anic@example.com"
    assert (
        mask("maja.o''brien*+{x}!@example.com or https://***@host.example.com")
        == "***@*** or https://***@host.example.com"
    )
    assert mask(text) == "smtp://***@host?password=***&y=1 told ***@***"
