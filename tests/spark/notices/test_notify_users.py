"""Notify the most frequent visitors, once."""

import json
from typing import Any

import pytest

from jobs.accounts import daily as accounts
from jobs.accounts import notify_users
from jobs.lake import forget
from jobs.runtime.notify import outbox
from tests.conftest import InProcess
from tests.mail import MailServer

pytestmark = pytest.mark.slow
HEADER = "customer_id,name,email,dateofbirth,accountopeningdate"


@pytest.fixture
def office(daily: InProcess) -> InProcess:
    """Visitor 7 came ten times, 8 nine times, and 9 once without an address. The name of 7 contains HTML."""
    daily.job = accounts.JOB
    daily.deliver(
        "accounts.csv", '7,"<b>Ana</b>",ana@secret.com,2-1-1990,3/4/2015', "8,Eve,,2-1-1990,3/4/2015", header=HEADER
    )
    visited(daily, 1, {7: 10, 8: 9, 9: 1})
    return daily


def visited(office: InProcess, day: int, visits: dict[int, int]) -> None:
    address = {5: "ivo@secret.com", 6: "Ana@secret.com", 7: "ana@secret.com", 8: "eve@secret.com"}
    lines = [
        json.dumps(
            {
                "user_id": user,
                "email": address.get(user),
                "visited_at": f"2019-10-0{day}T10:00:00Z",
                "page": f"/{number}",
            }
        )
        for user, count in visits.items()
        for number in range(count)
    ]
    office.deliver(f"visits_{day}.jsonl", *lines, header="")
    assert office.run() == 0, office.output


def mailed(office: InProcess, server: MailServer, *arguments: str) -> list[str]:
    """The recipients of the mails of a run."""
    before = len(server.mails)
    assert office.run(*server.options, *arguments, job=notify_users.JOB) == 0, office.output
    assert "secret" not in office.output
    return sorted(str(mail["To"]) for mail in server.mails[before:])


def test_the_top_visitor_gets_one_mail_per_published_change(office: InProcess, post_office: MailServer) -> None:
    assert mailed(office, post_office, "--dry_run") == []
    assert "1 would be sent, 0 without an address" in office.output
    assert mailed(office, post_office) == ["ana@secret.com"]
    [mail] = post_office.mails
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert mail["Subject"] == "You are visitor number 1"
    assert "Hello <b>Ana</b>," in text.get_content()
    assert "Hello &lt;b&gt;Ana&lt;/b&gt;," in html.get_content()
    assert mailed(office, post_office) == []
    assert "every recipient was already notified" in office.output
    assert mailed(office, post_office, "--first", "3") == ["eve@secret.com"]
    assert "1 without an address" in office.output
    visited(office, 2, {8: 3})
    assert mailed(office, post_office) == ["eve@secret.com"]
    assert "visitor number 1" in str(post_office.mails[-1]["Subject"])


@pytest.mark.nightly
def test_other_visitors_get_mails_from_a_custom_template(office: InProcess, post_office: MailServer) -> None:
    (office.folder / "sale.txt").write_text("A sale for {{ name }}\n\nYou came {{ visits }} times, {{ name }}.\n")
    own = ["--template", str(office.folder / "sale.txt")]
    assert mailed(office, post_office, "--users", "8,9", *own) == ["eve@secret.com"]
    text = post_office.mails[0].get_body(("plain",))
    assert text
    assert (post_office.mails[0]["Subject"], text.get_content().strip()) == ("A sale for Eve", "You came 9 times, Eve.")
    assert office.run(*post_office.options, "--users", "5", job=notify_users.JOB) == 2
    assert "there is no visitor 5 among the 3 of accounts.top_visitors" in office.output
    (office.folder / "sale.txt").write_text("A sale for {{ nobody }}\n")
    assert office.run(*post_office.options, "--users", "7", *own, job=notify_users.JOB) == 2
    assert "'nobody' is undefined" in office.output


@pytest.mark.nightly
def test_of_a_run_that_is_killed_one_mail_is_in_doubt_and_the_next_run_sends_the_others(
    office: InProcess, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited(office, 2, {5: 20})
    send = outbox._send

    def killed_at_the_second(*given: Any) -> outbox.SendResult:
        if post_office.mails:
            raise KeyboardInterrupt
        return send(*given)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_send", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            office.run(*post_office.options, "--first", "3", job=notify_users.JOB)
    assert [mail["To"] for mail in post_office.mails] == ["ivo@secret.com"]
    assert mailed(office, post_office, "--first", "3") == ["eve@secret.com"]
    assert "1 in doubt by mail (its run was killed); 1 sent by mail" in office.output
    assert mailed(office, post_office, "--first", "3") == []


@pytest.mark.nightly
def test_of_visitors_with_one_address_the_first_gets_the_mail(office: InProcess, post_office: MailServer) -> None:
    visited(office, 2, {6: 20})
    assert mailed(office, post_office, "--first", "3") == ["Ana@secret.com", "eve@secret.com"]


@pytest.mark.nightly
def test_an_erased_visitor_gets_no_mail_and_is_named_nowhere(office: InProcess, post_office: MailServer) -> None:
    assert mailed(office, post_office) == ["ana@secret.com"]
    assert office.run("--domain", "accounts", "--person", "7", job=forget.JOB) == 0, office.output
    assert mailed(office, post_office, "--first", "2") == ["eve@secret.com"]
    assert not [path for path in office.path.rglob("*") if path.is_file() and b"ana@secret" in path.read_bytes()]
    assert all("ana@" not in str(row) for row in office.table("ops.notices").collect())


def test_without_a_mail_server_or_table_it_is_an_error(daily: InProcess, post_office: MailServer) -> None:
    daily.job = accounts.JOB
    assert daily.run("--allow_empty") == 0, daily.output
    assert daily.run(job=notify_users.JOB) == 2
    assert "sending mail requires --mail_server and --mail_from" in daily.output
    assert daily.run(*post_office.options, job=notify_users.JOB) == 2
    assert "there is no accounts.top_visitors" in daily.output
