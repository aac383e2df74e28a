"""The closed lists of the domain of accounts: the one place that the transforms and the suites take them from."""

# Of a date that was written, or was not.
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
