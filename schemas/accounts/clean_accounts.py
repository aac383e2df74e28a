"""Customer accounts that passed all checks, deduplicated."""

from dataclasses import replace

from schemas.table import OTHER_COLUMNS, RUN_ID, SOURCE_FILE, Column, Table

_ACCOUNT = (
    Column("customer_id", "string", "Customer.", required=True),
    Column("name", "string", "Name of the customer.", pii=True),
    Column("email", "string", "Mail address, its domain in lower case.", pii=True),
    Column("date_of_birth", "date", "Date of birth.", pii=True),
    Column("date_of_birth_status", "string", "ok, or null if none was delivered.", required=True),
    Column("account_opened_on", "date", "Date on which the account was opened."),
    Column("account_opened_on_status", "string", "ok, or null if none was delivered.", required=True),
    Column("dateofbirth", "string", "date_of_birth as M/d/yyyy, without padding.", pii=True),
    Column("accountopeningdate", "string", "account_opened_on as M/d/yyyy, without padding."),
    replace(OTHER_COLUMNS, pii=True),
)

CLEAN_ACCOUNTS = Table(
    name="accounts.clean_accounts",
    grain="one row per customer and delivered state of the account",
    key=tuple(column.name for column in _ACCOUNT),
    columns=(*_ACCOUNT, SOURCE_FILE, RUN_ID),
    person="customer_id",
)
