"""Mail and topics: how a notice is sent, and the result if a server is dead, slow or refuses."""

import socket
import time
from pathlib import Path

import pytest

from jobs.runtime.notify import mail, outbox
from jobs.runtime.notify.channels import NoticeSender
from jobs.runtime.notify.notice import Notice
from jobs.runtime.notify.outbox import SendResult, send
from tests.aws.stand_in import free_port
from tests.faults import fault
from tests.mail import MailServer, certificate, mail_server

NOTICE = Notice("It is done", "All of it, čitavo.\n", "<p>All of it, <b>čitavo</b>.</p>")
ANA, EVE = "ana@example.com", "eve@example.com"


def post(server: MailServer | int) -> NoticeSender:
    return NoticeSender(("localhost", server if isinstance(server, int) else server.port), "weir@example.com", None)


def sent(by: NoticeSender, *recipients: str) -> list[SendResult]:
    return list(send(by, "a test", recipients, NOTICE).values())


def test_a_mail_has_its_text_and_its_html(post_office: MailServer) -> None:
    assert sent(post(post_office), ANA) == [SendResult("sent", 1)]
    [arrived] = post_office.mails
    assert (arrived["Subject"], arrived["From"], arrived["To"], arrived["Auto-Submitted"]) == (
        "It is done",
        "weir@example.com",
        ANA,
        "auto-generated",
    )
    text, html = (arrived.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert (text.get_content().split(), html.get_content().strip()) == (NOTICE.text.split(), NOTICE.html)


def test_one_notice_to_one_recipient_is_always_one_message(post_office: MailServer) -> None:
    """So that receivers recognise duplicates if a server sends the message twice."""
    sent(post(post_office), ANA, EVE)
    sent(post(post_office), ANA)
    first, other, again = (arrived["Message-ID"] for arrived in post_office.mails)
    assert first == again != other


def test_it_logs_in_behind_starttls_to_a_server_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, context = certificate(tmp_path)
    monkeypatch.setattr(outbox, "_PAUSES", ())
    with mail_server(context) as strict:
        [stranger] = sent(post(strict), ANA)
        assert ("certificate verify failed" in str(stranger.message), strict.users) == (True, [])
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
        assert sent(post(strict), ANA)[0].status == "failed"
        monkeypatch.setenv("WEIR_MAIL_USER", "weir")
        monkeypatch.setenv("WEIR_MAIL_PASSWORD", "hunter2")
        assert sent(post(strict), ANA) == [SendResult("sent", 1)]
        assert (strict.users, len(strict.mails)) == ([("weir", "hunter2")], 1)


def test_nothing_goes_to_another_machine_unless_nobody_on_the_way_can_read_it(
    post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local server is exempt; here it is reached under a name that is not known to be local."""
    monkeypatch.setattr(mail, "_LOCAL_HOSTS", ())
    [outcome] = sent(post(post_office), ANA)
    assert (outcome.status, outcome.message, post_office.mails) == (
        "failed",
        "STARTTLS extension not supported by server.",
        [],
    )


@fault(
    "S04",
    injected="a mail server that is unreachable, does not answer, refuses, or disconnects during a mail",
    checked="four tries within seconds",
)
def test_a_server_that_is_not_there_is_tried_four_times_for_the_first_mail_alone(post_office: MailServer) -> None:
    refused, untried = sent(post(free_port()), ANA, EVE)
    assert (refused.status, refused.tries) == ("failed", 4)
    assert "Connection refused" in str(refused.message)
    assert (untried.status, untried.tries, untried.message) == ("failed", 0, f"not tried: {refused.message}")


@fault("S04")
def test_several_recipients_of_a_slow_server_cost_no_more_than_one(
    post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CHANNEL_TIMEOUT", 1.0)
    post_office.to_recipient = lambda _: str(time.sleep(0.7) or "")
    started = time.monotonic()
    found = [outcome.status for outcome in sent(post(post_office), *(f"{number}@example.com" for number in range(5)))]
    assert (found, time.monotonic() - started < 2) == (["sent", "in_doubt", "failed", "failed", "failed"], True)


@fault("S04")
def test_who_is_refused_for_now_is_tried_again_and_keeps_no_other_waiting(post_office: MailServer) -> None:
    asked = list[str]()
    post_office.to_recipient = lambda address: (
        asked.append(address) or ("450 greylisted" if address == ANA and len(asked) < 3 else "")
    )  # type: ignore[func-returns-value]
    assert sent(post(post_office), ANA, EVE) == [SendResult("sent", 3), SendResult("sent", 1)]
    post_office.to_recipient = lambda address: "450 later" if address == ANA else ""
    refused, delivered = sent(post(post_office), ANA, EVE)
    assert (refused.status, refused.tries, delivered) == ("failed", 4, SendResult("sent", 1))


@fault("S04")
def test_a_server_that_does_not_answer_costs_no_more_than_our_patience(post_office: MailServer) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        first, second = sent(post(silent.getsockname()[1]), ANA, EVE)
        assert time.monotonic() - started < 4
    assert (first.status, first.message) == ("failed", "no answer for too long")
    assert (second.status, second.tries, second.message) == ("failed", 0, "not tried: no answer for too long")


def test_a_recipient_that_was_not_tried_gets_no_mail_later(
    post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CHANNEL_TIMEOUT", 0.2)
    post_office.to_recipient = lambda _: str(time.sleep(1) or "")
    assert [outcome.status for outcome in sent(post(post_office), ANA, EVE)] == ["in_doubt", "failed"]
    time.sleep(2)
    assert [arrived["To"] for arrived in post_office.mails] == [ANA]


@fault("S04")
def test_a_refused_recipient_does_not_stop_the_other_mails(post_office: MailServer) -> None:
    post_office.to_recipient = lambda address: "550 no such user" if address == ANA else ""
    refused, delivered = sent(post(post_office), ANA, EVE)
    assert (refused.status, refused.tries, "no such user" in str(refused.message), delivered) == (
        "failed",
        1,
        True,
        SendResult("sent", 1),
    )
    assert ANA not in str(refused.message)
    assert [arrived["To"] for arrived in post_office.mails] == [EVE]


@fault("S04")
def test_a_mail_that_may_have_arrived_is_not_sent_again(post_office: MailServer) -> None:
    post_office.to_text = lambda _: "hang up"
    [outcome] = sent(post(post_office), ANA)
    assert (outcome.status, outcome.tries, post_office.asked) == ("in_doubt", 1, 1)


def test_a_mail_that_is_not_taken_now_did_not_arrive(post_office: MailServer) -> None:
    post_office.to_text = lambda _: "452 no room"
    assert [(outcome.status, outcome.tries) for outcome in sent(post(post_office), ANA)] == [("failed", 4)]
