"""Lines of a stream that were rejected, with all their problems; `late` came after their window was closed."""

from schemas.ecommerce.vocabulary import EVENT_PROBLEMS
from schemas.table import rejected

REJECTED_STREAM_EVENTS = rejected("realtime.rejected_stream_events", *EVENT_PROBLEMS, pii=True)
