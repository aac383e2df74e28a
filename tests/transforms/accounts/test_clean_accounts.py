"""Delivered accounts, typed and validated, with dates parsed by the profile of their file."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.accounts.clean_accounts import clean_accounts

CLOCK = datetime(2019, 10, 2, 12, tzinfo=UTC)
GOOD = {
    "customer_id": "C-7",
    "name": " Ana Anić ",
    "email": "ana@Example.COM",
    "dateofbirth": "2-1-1990",
    "accountopeningdate": "3/4/2015",
}


def cleaned(rows: Rows, *given: dict[str, Any], date_profile: str = "seed000") -> DataFrame:
    return clean_accounts(delivered(rows, RAW_ACCOUNTS, GOOD, given), date_profile=date_profile, clock=CLOCK)


def test_an_account_is_typed_and_its_dates_also_written_as_text(rows: Rows) -> None:
    columns = "customer_id name email other_columns problems"
    of_birth = " date_of_birth date_of_birth_status dateofbirth"
    of_opening = " account_opened_on account_opened_on_status accountopeningdate"
    expected = ["C-7", "Ana Anić", "ana@example.com", '{"city":"Split"}', []]
    expected += ["1990-01-02", "ok", "1/2/1990", "2015-03-04", "ok", "3/4/2015"]
    assert_rows(cleaned(rows, {"other_columns": '{"city":"Split"}'}), columns + of_birth + of_opening, [expected])


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
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
]


def test_a_bad_account_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(given for given, _ in PROBLEMS))
    expected = [[f"{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


# The dates of one file -> each of them as text, or its status where it cannot be parsed.
FILES = [
    # An unambiguous date decides the order of day and month for all dates of its file with the same separator.
    (["1/2/1990", "12/31/1991"], ["1/2/1990", "12/31/1991"]),
    (["1/2/1990", "31/12/1991"], ["2/1/1990", "12/31/1991"]),
    (["1/2/1990", "1-2-1990", "12/31/1991", "31-12-1991"], ["1/2/1990", "2/1/1990", "12/31/1991", "12/31/1991"]),
    # No date is unambiguous, or only one with the other separator.
    (["1/2/1990", "3/4/1990"], ["ambiguous", "ambiguous"]),
    (["1/2/1990", "31-12-1991", "1990-02-01", "1.2.1990"], ["ambiguous", "12/31/1991", "2/1/1990", "2/1/1990"]),
    # A date that does not exist decides nothing.
    (["1/2/1990", "31/31/1991", "2/30/1991"], ["ambiguous", "invalid", "invalid"]),
    (["1/2/1990", "77/5/1991", "2/25/1991"], ["1/2/1990", "invalid", "2/25/1991"]),
    # Two dates contradict each other: nothing is decided in their file, for either separator.
    (["1/2/1990", "12/31/1991", "31/12/1991"], ["ambiguous", "12/31/1991", "12/31/1991"]),
    (["1-2-1990", "31-12-1991", "12/31/1991", "31/12/1991"], ["ambiguous", "12/31/1991", "12/31/1991", "12/31/1991"]),
]


def test_the_order_of_day_and_month_is_inferred_from_the_dates_of_a_file(rows: Rows) -> None:
    given, expected = [], []
    for number, (written, parsed) in enumerate(FILES):
        file = f"/in/{number}"
        of_file = {"source_file": file, "accountopeningdate": ""}
        given += [{**of_file, "raw_line": text, "dateofbirth": text} for text in written]
        for text, value in zip(written, parsed, strict=True):
            is_status = value in ("ambiguous", "invalid")
            outcome = [None, value, [f"{value}_date_of_birth"]] if is_status else [value, "ok", []]
            expected.append([file, text, *outcome])
    columns = "source_file raw_line dateofbirth date_of_birth_status problems"
    assert_rows(cleaned(rows, *given, date_profile="infer"), columns, expected)


def test_both_dates_of_a_file_decide_together_but_not_for_other_files(rows: Rows) -> None:
    given = [
        {"dateofbirth": "1/2/1990", "accountopeningdate": "1/31/2015"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "31/1/2015", "source_file": "/in/b"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "", "source_file": "/in/c"},
        {"dateofbirth": "1/2/1990", "accountopeningdate": "1/31/2015", "source_file": "/in/c", "malformed": True},
    ]
    expected = [["000", "1/2/1990", "ok"], ["001", "2/1/1990", "ok"]]
    expected += [["002", None, "ambiguous"], ["003", None, "ambiguous"]]
    assert_rows(cleaned(rows, *given, date_profile="infer"), "raw_line dateofbirth date_of_birth_status", expected)


def test_neither_order_nor_partitions_change_what_is_inferred_from_a_file(orders: Orders) -> None:
    good = {**GOOD, "source_file": "/in/a", "malformed": False}
    given = [{**good, "dateofbirth": f"{day}/3/1990", "raw_line": f"{day:02}"} for day in range(8, 16)]
    expected = [[f"{day:02}", f"1990-03-{day:02}"] for day in range(8, 16)]
    for frame in orders(with_line(RAW_ACCOUNTS), given):
        assert_rows(clean_accounts(frame, date_profile="infer", clock=CLOCK), "raw_line date_of_birth", expected)


def test_no_rows_in_give_no_rows_out(rows: Rows) -> None:
    assert_rows(cleaned(rows, date_profile="infer"), "raw_line", [])


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
        "nobody is born before 1900, after the clock or after the opening of the account": row(
            date_of_birth="2015-03-05"
        ),
        "an address has a name and a domain": row(email="ana"),
        "no account is opened after the clock": row(account_opened_on="2100-01-01"),
        "a customer has one account": row(customer_id="C-1", name="another"),
    },
)
