"""Rejected visits, complete, with the reasons."""

from schemas.accounts.vocabulary import VISIT_PROBLEMS
from schemas.table import rejected

REJECTED_VISITS = rejected("accounts.rejected_visits", *VISIT_PROBLEMS, pii=True)
