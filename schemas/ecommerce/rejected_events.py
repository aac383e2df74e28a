"""Rejected shop events, complete, with the reasons."""

from schemas.ecommerce.vocabulary import EVENT_PROBLEMS
from schemas.table import rejected

REJECTED_EVENTS = rejected("ecommerce.rejected_events", *EVENT_PROBLEMS)
