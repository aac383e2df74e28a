"""Customer accounts as delivered: text."""

from schemas.table import OTHER_COLUMNS, Column, Table

RAW_ACCOUNTS = Table(
    name="accounts.raw_accounts",
    grain="one row per delivered line",
    columns=(
        Column("customer_id", "string", "Customer.", required=True),
        Column("name", "string", "Name of the customer.", required=True, pii=True),
        Column("email", "string", "Mail address.", required=True, pii=True),
        Column("dateofbirth", "string", "Date of birth, in any format.", required=True, pii=True),
        Column(
            "accountopeningdate",
            "string",
            "Date on which the account was opened, in any format.",
            required=True,
        ),
        OTHER_COLUMNS,
    ),
)
