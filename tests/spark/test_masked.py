"""Secrets that no output may repeat."""

from datetime import date

from jobs.runtime.redaction import without_pii
from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.top_visitors import TOP_VISITORS
from tests.conftest import Rows


def test_masked_columns_show_only_whether_there_is_a_value(rows: Rows) -> None:
    given = [
        {
            "customer_id": "1",
            "name": "Ana",
            "email": None,
            "date_of_birth": "1990-01-02",
            "account_opened_on": "2015-03-04",
        },
        {"customer_id": "2", "email": "e@x.com"},
    ]
    first, second = without_pii(rows(CLEAN_ACCOUNTS, given), CLEAN_ACCOUNTS).orderBy("customer_id").collect()
    assert (first.name, first.email, first.date_of_birth, first.account_opened_on) == (
        "***",
        None,
        date(1900, 1, 1),
        date(2015, 3, 4),
    )
    assert (second.name, second.email, second.date_of_birth) == (None, "***", None)
    assert first.customer_id == "1"


def test_lists_are_emptied(rows: Rows) -> None:
    [row] = without_pii(
        rows(TOP_VISITORS, [{"user_id": "7", "visits": 2, "email": "a@x.com", "emails": ["a@x.com"]}]), TOP_VISITORS
    ).collect()
    assert (row.user_id, row.visits, row.email, row.emails) == ("7", 2, "***", [])
