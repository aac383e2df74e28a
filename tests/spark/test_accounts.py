"""Accounts and visits: date formats that depend on the file, columns of any name, and no personal data in output."""

import json

import pytest

from jobs.accounts import clean_accounts
from jobs.accounts import daily as accounts
from jobs.lake import forget, replay_rejected
from tests.conftest import InProcess

HEADER = "customer_id,name,email,dateofbirth,accountopeningdate"
ANY_SHARE = ("--max_rejected_share", "1")


@pytest.fixture
def office(daily: InProcess) -> InProcess:
    daily.job = clean_accounts.JOB
    return daily


def births(office: InProcess) -> dict[str, str]:
    return {row.customer_id: str(row.date_of_birth) for row in office.table("accounts.clean_accounts").collect()}


def problems(office: InProcess) -> list[list[str]]:
    return sorted(row.problems for row in office.table("accounts.rejected_accounts").collect())


def test_other_columns_are_kept_as_text_in_any_order_and_tell_rows_apart(office: InProcess) -> None:
    office.deliver(
        "accounts_1.csv",
        "1,Ana,a@x.com,2-1-1990,3/4/2015,Split,M",
        "2,Eve,e@x.com,2-1-1990,,,",
        header=f"{HEADER},city,plan",
    )
    office.deliver("accounts_2.csv", "M,Split,1,Ana,a@x.com,2-1-1990,3/4/2015", header=f"plan,city,{HEADER}")
    office.deliver("accounts_3.csv", "L,Split,1,Ana,a@x.com,2-1-1990,3/4/2015", header=f"plan,city,{HEADER}")
    assert office.run() == 0, office.output
    assert "4 rows read = 3 kept + 0 rejected + 1 duplicate + 0 late" in office.output
    assert "is not read" not in office.output
    found = sorted(
        (row.customer_id, row.other_columns) for row in office.table("accounts.clean_accounts").na.fill("").collect()
    )
    assert found == [("1", '{"city":"Split","plan":"L"}'), ("1", '{"city":"Split","plan":"M"}'), ("2", "")]
    assert "accounts.clean_accounts: expectation not met: a customer has one account" in office.output


@pytest.mark.slow
@pytest.mark.nightly
def test_a_file_that_does_not_tell_how_its_dates_are_written_is_called_undecidable(office: InProcess) -> None:
    office.deliver("clear.csv", "1,Ana,,1/2/1990,12/31/2015", header=HEADER)
    office.deliver("unclear.csv", "2,Eve,,1/2/1990,3/4/2015", "3,Ida,,1990-02-01,", header=HEADER)
    assert office.run("--date_profile", "infer") == 3
    assert "rejected 33.3% of the rows" in office.output
    assert office.run("--date_profile", "infer", *ANY_SHARE) == 0, office.output
    assert (
        f"no file has an ambiguous order of day and month (source_file {office.input / 'unclear.csv'} rows 1)"
        in office.output
    )
    assert births(office) == {"1": "1990-01-02", "3": "1990-02-01"}
    assert problems(office) == [["ambiguous_date_of_birth", "ambiguous_account_opened_on"]]


@pytest.mark.slow
def test_output_and_ledger_hold_no_personal_data(office: InProcess) -> None:
    office.deliver("a.csv", "1,Ana Anić,ana@secret.com,13-13-1990,,Splitska 7", header=f"{HEADER},street")
    office.deliver("b.csv", "2,Eve Evans,eve@secret.com,1-1-1990,,", header=f"{HEADER},street")
    assert office.run() == 3
    assert "1 row invalid_date_of_birth, such as one with personal data" in office.output
    assert office.run(*ANY_SHARE) == 0, office.output
    recorded = json.dumps([row.asDict() for row in office.table("ops.runs").collect()], default=str)
    for word in ("Ana", "Eve", "@secret", "Splitska", "1990"):
        assert word not in office.output + recorded, word


@pytest.mark.parametrize(
    "first",
    [
        "C1;Ana Horvat;ana@secret.com;12 May 1990;",
        "C1,Ana Horvat,ana@secret.com,,",
        "C1,Ana Horvat,ana@secret.com,May,June",
    ],
)
def test_a_first_line_that_may_be_personal_data_is_not_printed(office: InProcess, first: str) -> None:
    office.deliver("a.csv", first, header="")
    assert office.run() == 2
    assert "none with these names" in office.output
    assert [word for word in ("Ana", "secret", "1990", "June") if word in office.output] == []
    office.deliver("a.csv", "1,Ana,,,", header="customer_id,name,mail,dateofbirth,accountopeningdate")
    assert office.run() == 2
    assert "--columns email=mail" in office.output


@pytest.mark.slow
@pytest.mark.nightly
def test_a_file_read_again_is_validated_whole_with_its_first_options(office: InProcess) -> None:
    """A date that is only in a rejected row still counts towards the format of its file when the file is read again."""
    good = "1,Ana,,1/2/1990,"
    office.deliver("a.csv", good, header=HEADER)
    assert office.run("--date_profile", "month_first") == 0, office.output
    office.deliver("b.csv", good, "2,Eve,bad,12/31/1990,", header=HEADER)
    assert office.run("--date_profile", "infer", *ANY_SHARE) == 0, office.output
    assert "2 rows read = 0 kept + 1 rejected + 1 duplicate + 0 late" in office.output
    assert office.run("--withdraw", str(office.input / "a.csv")) == 0, office.output
    assert births(office) == {"1": "1990-01-02"}
    assert [row.source_file for row in office.table("accounts.clean_accounts").collect()] == [
        str(office.input / "b.csv")
    ]
    assert problems(office) == [["bad_email"]]


@pytest.mark.slow
@pytest.mark.nightly
def test_an_ambiguous_row_is_not_replayed_without_its_file(office: InProcess) -> None:
    office.deliver("a.csv", "1,Ana,,1/2/1990,", header=HEADER)
    assert office.run("--date_profile", "infer", *ANY_SHARE) == 0, office.output
    assert office.run("--domain", "accounts", job=replay_rejected.JOB) == 0, office.output
    assert problems(office) == [["ambiguous_date_of_birth"]]


VISIT = {"user_id": 7, "email": "ana@secret.com", "visited_at": "2019-10-01T10:00:00Z", "page": "/"}


def test_a_job_without_files_in_the_folder_names_the_files_that_it_takes(daily: InProcess) -> None:
    daily.job = accounts.JOB
    daily.deliver("accounts.csv", "7,Ana,a@x.com,2-1-1990,3/4/2015", header=HEADER)
    assert daily.run() == 0, daily.output
    assert "nothing new: no file visits*" in daily.output


@pytest.mark.slow
def test_visits_become_top_visitors_and_the_board_shows_no_address(daily: InProcess) -> None:
    daily.job = accounts.JOB
    daily.deliver("accounts.csv", "7,Ana Anić,ana@secret.com,2-1-1990,3/4/2015", header=HEADER)
    lines = [json.dumps({**VISIT, "page": f"/{number}"}) for number in range(10)]
    lines += [json.dumps({**VISIT, "user_id": "8", "email": None, "page": f"/{number}"}) for number in range(9)]
    daily.deliver("visits_1.jsonl", *lines, "[]", '{"user_id":9}', header="")
    assert daily.run("--max_rejected_share", "0.1") == 0, daily.output
    assert "21 rows read = 19 kept + 2 rejected + 0 duplicate + 0 late" in daily.output
    found = [
        tuple(row)
        for row in daily.table("accounts.top_visitors")
        .select("rank", "user_id", "visits", "email")
        .orderBy("rank")
        .collect()
    ]
    assert found == [(1, "7", 10, "ana@secret.com"), (2, "8", 9, None)]
    page = (daily.path / "report_accounts.html").read_text()
    assert "visitor 7 came most often: 10 visits until 2019-10-01" in daily.output
    assert (
        "Visits of the 2 most frequent visitors" in page,
        "secret" in page + daily.output,
        "Anić" in page + daily.output,
    ) == (True, False, False)
    assert daily.run("--domain", "accounts", "--person", "7", job=forget.JOB) == 0, daily.output
    assert [tuple(row) for row in daily.table("accounts.top_visitors").select("rank", "user_id").collect()] == [
        (1, "8")
    ]
    assert daily.table("accounts.clean_accounts").count() == 0
