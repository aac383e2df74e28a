"""Notices about runs that did not publish, and the daily digest."""

import json
from typing import Any

import pytest

from jobs.accounts import clean_accounts
from jobs.lake import digest, maintain
from tests.aws.stand_in import free_port
from tests.conftest import InProcess, line
from tests.faults import fault
from tests.mail import MailServer

OPS, ALL = "ops@example.com", ["--notify", "ops@example.com,chief@example.com"]
GOOD, BAD = line(), line(price="x", brand="<b>jo@shop.example</b>")


def texts(arrived: list[Any]) -> list[tuple[str, str]]:
    return [(mail["Subject"], mail.get_body(("plain",)).get_content()) for mail in arrived]


def recorded(daily: InProcess) -> list[tuple[str, str, int]]:
    """The newest status of each notice, by recipient."""
    rows = daily.table("ops.notices").orderBy("recorded_at").collect()
    return sorted({(row.about, row.recipient): (row.channel, row.status, row.tries) for row in rows}.values())


def newest_day(daily: InProcess) -> str:
    day: str = daily.table("ops.runs").selectExpr("date_format(max(started_at), 'yyyy-MM-dd')").collect()[0][0]
    return day


def test_a_refused_run_is_sent_once_to_each_recipient(daily: InProcess, post_office: MailServer) -> None:
    daily.deliver("a.csv", GOOD, BAD)
    assert daily.run(*post_office.options, *ALL) == 3
    assert "notices: 2 sent by mail" in daily.output
    assert sorted(mail["To"] for mail in post_office.mails) == ["chief@example.com", OPS]
    [(subject, text)] = texts(post_office.to(OPS))
    assert subject == "Weir: ecommerce.daily ended with 3"
    assert "rejected 50.0% of the rows" in text
    assert "jo@shop" not in str(post_office.mails[0])
    [run_id] = {row.run_id for row in daily.table("ops.runs").collect()}
    assert (run_id in text, recorded(daily)) == (True, [("mail", "sent", 1)] * 2)
    assert not [
        word
        for word in (OPS, "chief@")
        if word in json.dumps([row.asDict() for row in daily.table("ops.notices").collect()], default=str)
    ]


def test_notices_to_operators_hold_no_personal_data(daily: InProcess, post_office: MailServer) -> None:
    daily.job = clean_accounts.JOB
    daily.deliver(
        "a.csv",
        "1,Ana Anić,ana@secret.com,13-13-1990,,Splitska 7",
        header="customer_id,name,email,dateofbirth,accountopeningdate,street",
    )
    assert daily.run(*post_office.options, *ALL) == 3
    over = ["--clock", "2100-01-01T00:00:00Z", "--day", newest_day(daily)]
    assert daily.run(*over, *post_office.options, *ALL, job=digest.JOB) == 0, daily.output
    printed = str(
        [(mail.get_body((kind,)) or mail).as_string() for mail in post_office.mails for kind in ("plain", "html")]
    )
    assert (len(post_office.mails), "invalid_date_of_birth" in printed) == (4, True)
    assert [word for word in ("Ana", "secret", "1990", "Splitska") if word in printed] == []


def test_a_successful_run_sends_no_notice(daily: InProcess, post_office: MailServer) -> None:
    daily.deliver("a.csv", GOOD)
    for _ in range(2):
        assert daily.run(*post_office.options, *ALL) == 0, daily.output
    assert post_office.mails == []
    printed = [json.loads(row.parameters_json)["notify"] for row in daily.table("ops.runs").collect()]
    assert printed == [["***@***"] * 2] * len(printed)


def test_a_run_that_fails_before_it_opens_the_lake_is_notified(daily: InProcess, post_office: MailServer) -> None:
    assert daily.run(*post_office.options, *ALL, given=daily.folder / "nowhere") == 2
    [(subject, text)] = texts(post_office.to(OPS))
    assert (subject, "nowhere" in text, "not started" in text) == (
        "Weir: ecommerce.daily ended with 2",
        True,
        True,
    )
    assert not daily.path.exists()


def test_so_is_one_whose_options_are_wrong(daily: InProcess, post_office: MailServer) -> None:
    assert daily.run(*post_office.options, "--notify", f"{OPS},OPS@example.com", "--max_rejected_share", "much") == 2
    [(subject, text)] = texts(post_office.mails)
    assert (subject, "max_rejected_share" in text) == ("Weir: ecommerce.daily ended with 2", True)


def test_failed_maintenance_is_notified(daily: InProcess, post_office: MailServer) -> None:
    assert daily.run(*post_office.options, "--notify", OPS, job=maintain.JOB) == 2
    assert [subject for subject, _ in texts(post_office.mails)] == ["Weir: lake.maintain ended with 2"]


@pytest.mark.nightly
@fault(
    "S04",
    injected="an unreachable mail server at the end of a run",
    checked="the run ends with the same exit code, and the failed notices are recorded",
)
def test_a_dead_server_changes_nothing_of_a_run(daily: InProcess, post_office: MailServer) -> None:
    """Nor does it delay a run that succeeds: no server is contacted."""
    dead = ["--mail_server", f"localhost:{free_port()}", "--mail_from", "weir@example.com", *ALL]
    daily.deliver("a.csv", GOOD)
    assert daily.run(*dead) == 0, daily.output
    daily.deliver("b.csv", BAD)
    assert daily.run(*dead) == 3
    assert (
        "notices: 1 failed by mail ([Errno 111] Connection refused);"
        " 1 failed by mail (not tried: [Errno 111] Connection refused)" in daily.output
    )
    assert recorded(daily) == [("mail", "failed", 0), ("mail", "failed", 4)]
    last = {row.status for row in daily.table("ops.runs").filter("finished_at IS NOT NULL").collect()}
    assert last == {"published", "refused"}


def test_valid_recipients_learn_of_invalid_ones(daily: InProcess) -> None:
    daily.deliver("a.csv", GOOD)
    assert daily.run("--notify", f"{OPS},print") == 2
    assert "Weir: ecommerce.daily ended with 2" in daily.output
    assert "1 sent by print" in daily.output


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--notify", OPS], "sending mail requires --mail_server and --mail_from"),
        (["--notify", "ops@"], "'ops@' is not an e-mail address"),
        (["--notify", "a@b.com\nBcc: c@d.com"], "is not an e-mail address"),
        (["--notify", "everybody"], "neither an e-mail address nor the ARN"),
        (
            ["--notify", OPS, "--mail_from", "me@x.com", "--mail_server", "mail:port"],
            "is not a host and port; example: smtp.example.com:587",
        ),
    ],
)
def test_invalid_recipients_are_rejected_before_the_run_starts(daily: InProcess, given: list[str], says: str) -> None:
    daily.deliver("a.csv", GOOD)
    assert daily.run(*given) == 2
    assert says in daily.output
    assert not daily.path.exists()


AFTER = "2026-11-21T06:00:00Z"


@pytest.mark.nightly
@pytest.mark.slow
def test_the_digest_of_a_day_is_sent_once(daily: InProcess, post_office: MailServer) -> None:
    daily.deliver("a.csv", GOOD)
    assert daily.run() == 0, daily.output
    daily.deliver("b.csv", BAD)
    assert daily.run() == 3
    today = newest_day(daily)
    over = ["--clock", "2100-01-01T00:00:00Z", "--day", today]
    assert daily.run("--day", "2099-01-01", job=digest.JOB) == 2
    assert "2099-01-01 is not over in UTC" in daily.output
    assert daily.run(*over, job=digest.JOB) == 0, daily.output
    assert f"Weir on {today}: 2 runs, 1 problem" in daily.output
    to_all = [*over, *post_office.options, *ALL]
    assert daily.run(*to_all, "--dry_run", job=digest.JOB) == 0, daily.output
    assert (
        f"Weir on {today}: 2 runs, 1 problem" in daily.output,
        "2 would be sent: --dry_run" in daily.output,
        post_office.mails,
    ) == (True, True, [])
    for _ in range(2):
        assert daily.run(*to_all, job=digest.JOB) == 0, daily.output
    assert "every recipient was already notified" in daily.output
    assert daily.run(*to_all, "--dry_run", job=digest.JOB) == 0, daily.output
    assert "0 would be sent: --dry_run" in daily.output
    [(subject, text)] = texts(post_office.to(OPS))
    assert subject == f"Weir on {today}: 2 runs, 1 problem"
    assert "ecommerce.daily: 2 runs, 1 published, 0 without changes, 1 refused, 0 failed" in text
    assert "2 rows read = 1 kept + 1 rejected + 0 duplicate + 0 late" in text
    assert "rejected 100.0% of the rows" in text
    html = post_office.to(OPS)[0].get_body(("html",))
    assert html
    assert "<td>ecommerce.daily</td>" in html.get_content()


@pytest.mark.slow
def test_what_failed_is_sent_by_the_next_try_and_what_may_have_arrived_is_not(
    daily: InProcess, post_office: MailServer
) -> None:
    over = ["--clock", AFTER, *post_office.options, *ALL, "--time_zone", "Europe/Zagreb"]
    daily.deliver("a.csv", GOOD)
    assert daily.run() == 0, daily.output
    post_office.to_recipient = lambda address: "450 later" if address == OPS else ""
    post_office.to_text = lambda _: "hang up"
    assert daily.run(*over, job=digest.JOB) == 0, daily.output
    assert ("1 failed by mail" in daily.output, "1 in doubt by mail" in daily.output) == (True, True)
    post_office.to_recipient = post_office.to_text = lambda _: ""  # type: ignore[assignment, misc]
    assert daily.run(*over, job=digest.JOB) == 0, daily.output
    assert [(mail["To"], mail["Subject"]) for mail in post_office.mails] == [
        (OPS, "Weir on 2026-11-20: 0 runs, 0 problems")
    ]
    assert {status for _, status, _ in recorded(daily)} == {"sent", "in_doubt"}
