"""Rejected accounts, complete, with the reasons."""

from schemas.accounts.vocabulary import ACCOUNT_PROBLEMS
from schemas.table import rejected

REJECTED_ACCOUNTS = rejected("accounts.rejected_accounts", *ACCOUNT_PROBLEMS, pii=True)
