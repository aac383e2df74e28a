"""When each visitor was first seen."""

from jobs.days import Days
from jobs.runtime.job import Job
from jobs.runtime.plan import EVER, Change, Plan, onwards
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from transforms.ecommerce.visitor_first_seen import moved_visitors, visitor_first_seen


def increment(change: Change) -> Plan | None:
    """The months of the days that changed, and of those on which visitors were first seen who came earlier; where a first event is gone, all later ones."""
    if not change.days:
        return Plan() if change.days is None else None
    events, at_stake = (
        change.frames["clean_events"].filter(change.days.hold("event_time", "UTC")),
        change.published.filter(change.days.hold("first_event_time", "UTC")),
    )
    moved = moved_visitors(events, at_stake, change.published).collect()
    if any(row.is_gone for row in moved):
        return onwards()(change)
    days = change.days | Days.of(*((row.day, row.day) for row in moved))
    return Plan(days.whole_months(), change.days, EVER[1])


JOB = Job(reads=[CLEAN_EVENTS], build=visitor_first_seen, writes=VISITOR_FIRST_SEEN, increment=increment)


if __name__ == "__main__":
    run(JOB)
