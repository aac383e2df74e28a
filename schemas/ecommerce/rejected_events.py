"""Shop events that were refused, whole and with their reasons."""

from schemas.table import rejected

REJECTED_EVENTS = rejected("ecommerce.rejected_events")
