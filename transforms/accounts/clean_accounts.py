"""Delivered customers and their accounts, typed and judged."""

from datetime import date, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from transforms.dates import date_text, with_dates
from transforms.delivered import judged, trimmed
from transforms.values import email, identifier, is_unfit

OLDEST = date(1900, 1, 1)
_DATES = {"date_of_birth": "raw_dateofbirth", "account_opened_on": "raw_accountopeningdate"}


def clean_accounts(raw_accounts: DataFrame, *, date_profile: str, clock: datetime) -> DataFrame:
    """Every delivered account with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. *Nulls:* name, email and dates may be missing; a date that is there is one, read as
    `date_profile` says (see transforms.dates), never with day and month in a doubtful order.
    """
    text = trimmed(raw_accounts, RAW_ACCOUNTS.names)
    typed = with_dates(text, _DATES, date_profile).withColumns(
        {
            "customer_id": identifier("raw_customer_id"),
            "name": F.col("raw_name"),
            "email": email("raw_email"),
            "dateofbirth": date_text(F.col("date_of_birth")),
            "accountopeningdate": date_text(F.col("account_opened_on")),
            "other_columns": F.col("raw_other_columns"),
        }
    )
    checks = {
        "bad_customer_id": F.col("customer_id").isNull(),
        "bad_email": is_unfit("raw_email", "email"),
        **{
            f"{status}_{name}": F.col(f"{name}_status") == status
            for name in _DATES
            for status in ("invalid", "ambiguous")
        },
        **_of_birth(clock),
    }
    return judged(typed, CLEAN_ACCOUNTS, checks)


def _of_birth(clock: datetime) -> dict[str, Column]:
    born = F.col("date_of_birth")
    return {
        "born_before_1900": born < F.lit(OLDEST),
        "born_in_future": born > F.lit(clock.date()),
        "born_after_opening": born > F.col("account_opened_on"),
    }
