"""Enumerations of the accounts domain, shared by transforms and suites."""

# A date was delivered, or was not.
DATE_STATUSES = ("ok", "null")

ACCOUNT_PROBLEMS = (
    "bad_customer_id",
    "bad_email",
    "invalid_date_of_birth",
    "ambiguous_date_of_birth",
    "invalid_account_opened_on",
    "ambiguous_account_opened_on",
    "born_before_1900",
    "born_in_future",
    "born_after_opening",
)
VISIT_PROBLEMS = ("bad_user_id", "bad_email", "unparsable_time", "too_old", "future")
