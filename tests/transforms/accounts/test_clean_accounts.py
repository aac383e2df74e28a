"""Delivered accounts, typed and judged: dates by their profile."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyspark.sql import Row

from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from tests.conftest import Orders, Rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.accounts.clean_accounts import clean_accounts

CLOCK = datetime(2019, 10, 2, 12, tzinfo=UTC)
GOOD = {"customer_id": "C-7", "name": " Ana Anić ", "email": "ana@Example.COM", "dateofbirth": "2-1-1990", "accountopeningdate": "3/4/2015"}


def cleaned(rows: Rows, *given: dict[str, Any], date_profile: str = "seed000") -> list[Row]:
    raw = delivered(rows, RAW_ACCOUNTS, GOOD, given)
    return sorted(clean_accounts(raw, date_profile=date_profile, clock=CLOCK).collect(), key=lambda row: row.raw_line)


def test_an_account_is_typed_and_its_dates_also_written_as_text(rows: Rows) -> None:
    [row] = cleaned(rows, {"other_columns": '{"city":"Split"}'})
    assert (row.customer_id, row.name, row.email, row.other_columns) == ("C-7", "Ana Anić", "ana@example.com", '{"city":"Split"}')
    assert (row.date_of_birth, row.date_of_birth_status, row.dateofbirth) == (date(1990, 1, 2), "ok", "1/2/1990")
    assert (row.account_opened_on, row.account_opened_on_status, row.accountopeningdate) == (date(2015, 3, 4), "ok", "3/4/2015")
    assert row.problems == []


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"name": None, "email": "", "dateofbirth": " ", "accountopeningdate": None}, []),
        ({"customer_id": " "}, ["bad_customer_id"]),
        ({"customer_id": "[7]"}, ["bad_customer_id"]),
        ({"email": "ana(at)example.com"}, ["bad_email"]),
        ({"dateofbirth": "01-13-2016"}, ["invalid_date_of_birth"]),
        ({"dateofbirth": "13/1/2016"}, ["invalid_date_of_birth"]),
        ({"accountopeningdate": "2015-02-30"}, ["invalid_account_opened_on"]),
        ({"dateofbirth": "31-12-1899"}, ["born_before_1900"]),
        ({"dateofbirth": "1-1-1900"}, []),
        ({"dateofbirth": "4-3-2015"}, []),
        ({"dateofbirth": "5-3-2015"}, ["born_after_opening"]),
        ({"dateofbirth": "2-10-2019", "accountopeningdate": ""}, []),
        ({"dateofbirth": "3-10-2019", "accountopeningdate": ""}, ["born_in_future"]),
        ({"name": "An\ufffd"}, ["encoding"]),
        ({"malformed": True, "customer_id": None, "dateofbirth": "x"}, ["truncated_or_malformed"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(rows: Rows, given: dict[str, Any], problems: list[str]) -> None:
    [row] = cleaned(rows, given)
    assert row.problems == problems


def statuses(found: list[Row]) -> list[tuple[str | None, str]]:
    return [(row.dateofbirth, row.date_of_birth_status) for row in found]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # One date beyond doubt tells how the others of its file with that separator are written.
        (["1/2/1990", "12/31/1991"], ["1/2/1990", "12/31/1991"]),
        (["1/2/1990", "31/12/1991"], ["2/1/1990", "12/31/1991"]),
        (["1/2/1990", "1-2-1990", "12/31/1991", "31-12-1991"], ["1/2/1990", "2/1/1990", "12/31/1991", "12/31/1991"]),
        # None tells, or only of the other separator.
        (["1/2/1990", "3/4/1990"], [None, None]),
        (["1/2/1990", "31-12-1991", "1990-02-01", "1.2.1990"], [None, "12/31/1991", "2/1/1990", "2/1/1990"]),
        # No date that there is not tells.
        (["1/2/1990", "31/31/1991", "2/30/1991"], [None, None, None]),
        (["1/2/1990", "77/5/1991", "2/25/1991"], ["1/2/1990", None, "2/25/1991"]),
        # They contradict each other: nothing is told of the file, by whichever separator.
        (["1/2/1990", "12/31/1991", "31/12/1991"], [None, "12/31/1991", "12/31/1991"]),
        (["1-2-1990", "31-12-1991", "12/31/1991", "31/12/1991"], [None, "12/31/1991", "12/31/1991", "12/31/1991"]),
    ],
)
def test_the_dates_of_a_file_tell_how_they_are_written(rows: Rows, written: list[str], read: list[str | None]) -> None:
    found = cleaned(rows, *({"dateofbirth": text, "accountopeningdate": ""} for text in written), date_profile="infer")
    assert [row.dateofbirth for row in found] == read
    assert all(row.problems == ([] if row.dateofbirth else [f"{row.date_of_birth_status}_date_of_birth"]) for row in found)


def test_both_dates_of_a_file_tell_together_and_no_other_file_does(rows: Rows) -> None:
    given = [
        {"dateofbirth": "1/2/1990", "accountopeningdate": "1/31/2015"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "31/1/2015", "source_file": "/in/b"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "", "source_file": "/in/c"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "1/31/2015", "source_file": "/in/c", "malformed": True},
    ]
    assert statuses(cleaned(rows, *given, date_profile="infer")) == [("1/2/1990", "ok"), ("2/1/1990", "ok"), (None, "ambiguous"), (None, "ambiguous")]


def test_neither_order_nor_partitions_change_what_a_file_tells(orders: Orders) -> None:
    given = [{**GOOD, "dateofbirth": f"{day}/3/1990", "raw_line": f"{day:02}", "source_file": "/in/a", "malformed": False} for day in range(8, 16)]
    found = [
        sorted((row.raw_line, str(row.date_of_birth)) for row in clean_accounts(frame, date_profile="infer", clock=CLOCK).collect())
        for frame in orders(with_line(RAW_ACCOUNTS), given)
    ]
    assert found == [[(f"{day:02}", f"1990-03-{day:02}") for day in range(8, 16)]] * 3


def test_no_rows_make_no_rows(rows: Rows) -> None:
    assert clean_accounts(rows(with_line(RAW_ACCOUNTS), []), date_profile="infer", clock=CLOCK).collect() == []


BIRTH = {"date_of_birth": "1990-01-02", "date_of_birth_status": "ok", "dateofbirth": "1/2/1990"}
OPENING = {"account_opened_on": "2015-03-04", "account_opened_on_status": "ok", "accountopeningdate": "3/4/2015"}
PERSON = {"name": "Ana", "email": "ana@example.com", **BIRTH, **OPENING, "other_columns": None, **OF_FILE}
KEPT = [{"customer_id": f"C-{number}", **PERSON} for number in range(10)]
PLANTED = Planted(
    KEPT,
    {
        "date_of_birth_status is known": row(date_of_birth_status="ambiguous"),
        "account_opened_on_status is known": row(account_opened_on_status="invalid"),
        "a date is there where its status is ok": row(date_of_birth_status="null"),
        "the text of a date is there where the date is": row(accountopeningdate=None),
        "nobody is born before 1900, after the clock or after the opening of the account": row(date_of_birth="2015-03-05"),
        "an address has a name and a domain": row(email="ana"),
        "no account is opened after the clock": row(account_opened_on="2100-01-01"),
        "a customer has one account": row(customer_id="C-1", name="another"),
    },
)
