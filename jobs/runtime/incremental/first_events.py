"""What of a table of first events is made anew when events change."""

from jobs.runtime.day_ranges import Days
from jobs.runtime.incremental.plan import EVER, Change, Plan, onwards
from transforms.ecommerce.visitor_first_seen import moved_visitors


def increment(change: Change) -> Plan | None:
    """The months of the days that changed, and of those on which visitors were first seen who came earlier; where a first event is gone, all later ones."""
    if not change.days:
        return Plan() if change.days is None else None
    events = change.frames["clean_events"].filter(change.days.hold("event_time", "UTC"))
    at_stake = change.published.filter(change.days.hold("first_event_time", "UTC"))
    moved = moved_visitors(events, at_stake, change.published).collect()
    if any(row.is_gone for row in moved):
        return onwards()(change)
    days = change.days | Days.of(*((row.day, row.day) for row in moved))
    return Plan(days.whole_months(), change.days, EVER[1])
