"""Raw customer accounts, typed and validated."""

from datetime import date, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from transforms.cleaning import trim_columns, validate_rows
from transforms.dates import date_text, with_dates
from transforms.names import readable
from transforms.values import email, identifier, is_invalid

OLDEST = date(1900, 1, 1)
_DATES = {"date_of_birth": "raw_dateofbirth", "account_opened_on": "raw_accountopeningdate"}


def clean_accounts(raw_accounts: DataFrame, *, date_profile: str, clock: datetime) -> DataFrame:
    """Every raw account with its typed values, `problems` and `remarks`.

    `date_profile` selects how dates are parsed, see transforms.dates. Invalid dates, and dates whose day and month
    order is ambiguous, are problems.

    *Grain:* one row per input row, valid or not. *Nulls:* name, email and dates may be missing.
    """
    text = trim_columns(raw_accounts, RAW_ACCOUNTS.names)
    typed = with_dates(text, _DATES, date_profile).withColumns(
        {
            "customer_id": identifier("raw_customer_id"),
            "name": readable(F.col("raw_name")),
            "email": email("raw_email"),
            "dateofbirth": date_text(F.col("date_of_birth")),
            "accountopeningdate": date_text(F.col("account_opened_on")),
            "other_columns": F.col("raw_other_columns"),
        }
    )
    checks = {
        "bad_customer_id": F.col("customer_id").isNull(),
        "bad_email": is_invalid("raw_email", "email"),
        **{
            f"{status}_{name}": F.col(f"{name}_status") == status
            for name in _DATES
            for status in ("invalid", "ambiguous")
        },
        **_birth_checks(clock),
    }
    return validate_rows(typed, CLEAN_ACCOUNTS, checks)


def _birth_checks(clock: datetime) -> dict[str, Column]:
    born = F.col("date_of_birth")
    return {
        "born_before_1900": born < F.lit(OLDEST),
        "born_in_future": born > F.lit(clock.date()),
        "born_after_opening": born > F.col("account_opened_on"),
    }
