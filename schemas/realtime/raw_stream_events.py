"""Shop events as a stream delivers them: those of the files, with the address that they came from."""

from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.table import Column, Table

RAW_STREAM_EVENTS = Table(
    name="realtime.raw_stream_events",
    grain="one row per delivered line",
    columns=(
        *RAW_EVENTS.columns,
        Column("ip", "string", "IP address that the event came from.", pii=True),
        Column("event_id", "string", "Id of the event: events that come again with it are duplicates."),
    ),
)
