"""Trip dates with `-` in one file and `/` in the other, both with the month first."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from jobs.accounts import clean_accounts
from tests.conftest import InProcess

pytestmark = pytest.mark.real
HEADER = "customer_id,name,email,dateofbirth,accountopeningdate"
ANY_SHARE = ("--max_rejected_share", "1")
TRIPS = 1_155


def accounts(path: Path) -> list[str]:
    """Write each trip as an account opened on its day, with all other fields in its name."""
    with path.open(newline="") as stream:
        starts = [
            (row["START_DATE"].split(), f"{row['MILES']} {row['START']} {row['STOP']} {row['PURPOSE']}")
            for row in csv.DictReader(stream)
        ]
    return [f'"{trip} {time.lstrip("0")}",,,,{day}' for (day, time), trip in starts]


@pytest.fixture
def slash(real_data: Path) -> list[str]:
    return accounts(real_data / "dates" / "UberDataset.csv")


@pytest.fixture
def dash(real_data: Path) -> list[str]:
    return accounts(real_data / "dates" / "excerpt_dash_MMDD.csv")


@pytest.fixture
def office(daily: InProcess) -> InProcess:
    daily.job = clean_accounts.JOB
    return daily


def opened(office: InProcess) -> list[str]:
    return sorted(str(row.account_opened_on) for row in office.table("accounts.clean_accounts").collect())


def month_first(lines: list[str], sign: str) -> list[str]:
    texts = (line.rpartition(",")[2] for line in lines)
    return sorted(str(datetime.strptime(text, f"%m{sign}%d{sign}%Y").date()) for text in texts)  # noqa: DTZ007


def test_month_first_the_same_trips_are_the_same_rows(office: InProcess, slash: list[str], dash: list[str]) -> None:
    office.deliver("a_slash.csv", *slash, header=HEADER)
    assert office.run("--date_profile", "month_first") == 0, office.output
    assert (
        f"{TRIPS:,} rows read = {TRIPS - 1:,} kept + 0 rejected + 1 duplicate + 0 late" in office.output
    )  # the log has one trip twice
    assert opened(office) == month_first(sorted(set(slash)), "/")
    office.deliver("b_dash.csv", *dash, header=HEADER)
    assert office.run("--date_profile", "month_first") == 0, office.output
    assert "11 rows read = 0 kept + 0 rejected + 11 duplicate + 0 late" in office.output


def test_by_seed000_a_dash_is_behind_the_day_and_there_is_no_thirteenth_month(
    office: InProcess, dash: list[str]
) -> None:
    office.deliver("dash.csv", *dash, header=HEADER)
    assert office.run(*ANY_SHARE) == 0, office.output
    refused = office.table("accounts.rejected_accounts").collect()
    assert [row.problems for row in refused] == [["invalid_account_opened_on"]] * 5
    assert {row.raw_line.rpartition(",")[2] for row in refused} == {
        "01-13-2016",
        "01-29-2016",
        "02-13-2016",
        "02-20-2016",
        "02-29-2016",
    }


def test_the_dates_themselves_tell_that_the_month_is_first(
    office: InProcess, slash: list[str], dash: list[str]
) -> None:
    office.deliver("a_slash.csv", *slash, header=HEADER)
    office.deliver("b_dash.csv", *dash, header=HEADER)
    assert office.run("--date_profile", "infer") == 0, office.output
    assert f"{TRIPS + 11:,} rows read = {TRIPS - 1:,} kept + 0 rejected + 12 duplicate + 0 late" in office.output
    assert opened(office) == month_first(sorted(set(slash)), "/")


@pytest.mark.nightly
def test_a_file_whose_dates_are_all_ambiguous_is_a_warning(office: InProcess, slash: list[str]) -> None:
    doubtful = [line for line in slash if int(line.rpartition(",")[2].split("/")[1]) <= 12]
    office.deliver("doubtful.csv", *doubtful, header=HEADER)
    assert office.run("--date_profile", "infer") == 3
    assert office.run("--date_profile", "infer", *ANY_SHARE) == 0, office.output
    assert (
        "no file has an ambiguous order of day and month"
        f" (source_file {office.input / 'doubtful.csv'} rows {len(doubtful)})" in office.output
    )
    assert opened(office) == []
