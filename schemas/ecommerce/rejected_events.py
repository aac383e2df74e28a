"""Shop events that were refused, whole and with their reasons."""

from schemas.ecommerce.vocabulary import EVENT_PROBLEMS
from schemas.table import rejected

REJECTED_EVENTS = rejected("ecommerce.rejected_events", *EVENT_PROBLEMS)
