"""Carts by their definition, one event at a time."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
KINDS = ["view", "cart", "remove_from_cart", "purchase"]


def session_of(event: Row) -> str:
    return event["user_session"] or f"user:{event['user_id']}:{event['event_time']:%Y-%m-%d}"


def ordered(events: list[Row]) -> list[Row]:
    def place(event: Row) -> tuple[Any, ...]:
        texts = [event[name] or "" for name in ("user_session", "category_code", "brand")]
        return event["event_time"], KINDS.index(event["event_type"]), event["product_id"], event["price"], *texts

    return sorted(events, key=place)


class Pair:
    """One visitor and one product, one event at a time."""

    def __init__(self, patience: timedelta, recovery: timedelta) -> None:
        self.patience, self.lifetime = patience, patience + recovery
        self.lines: list[Row] = []
        self.open: Row | None = None

    def look(self, now: datetime) -> None:
        if self.open:
            waited = now - self.open["last_cart_at"]
            if waited > self.patience:
                self.open["abandoned_at"] = self.open["last_cart_at"] + self.patience
            if waited > self.lifetime:
                self.close("abandoned", self.open["last_cart_at"] + self.lifetime)

    def close(self, status: str, at: datetime, **more: Any) -> None:
        assert self.open
        self.open |= {"status": status, "closed_at": at, **more}
        self.open = None

    def add(self, event: Row) -> None:
        if not self.open:
            self.open = {name: event[name] for name in ("user_id", "product_id")} | {
                "first_cart_at": event["event_time"],
                "first_session": session_of(event),
            }
            self.open |= {
                "adds": 0,
                "abandoned_at": None,
                "closed_at": None,
                "closing_session": None,
                "purchase_price": None,
            }
            self.lines.append(self.open)
        self.open |= {
            "last_cart_at": event["event_time"],
            "adds": self.open["adds"] + 1,
            "last_price": event["price"],
            "value_at_risk": event["price"],
        }
        self.open |= {"category_code": event["category_code"], "brand": event["brand"]}

    def happens(self, event: Row) -> None:
        self.look(event["event_time"])
        if event["event_type"] == "cart":
            self.add(event)
        elif self.open and event["event_type"] != "view":
            is_late, closing = self.open["abandoned_at"] is not None, {"closing_session": session_of(event)}
            if event["event_type"] == "purchase":
                self.close(
                    "recovered" if is_late else "purchased",
                    event["event_time"],
                    purchase_price=event["price"],
                    **closing,
                )
            else:
                self.close("abandoned" if is_late else "removed", event["event_time"], **closing)

    def end(self, as_of: datetime) -> None:
        self.look(as_of)
        if self.open:
            self.open["status"] = "abandoned" if self.open["abandoned_at"] else "open"


def abandoned_carts(
    events: list[Row], *, as_of: datetime, time_zone: str, abandon_after_hours: int, recovery_days: int
) -> list[Row]:
    pairs: dict[tuple[int, int], Pair] = defaultdict(
        lambda: Pair(timedelta(hours=abandon_after_hours), timedelta(days=recovery_days))
    )
    for event in ordered([event for event in events if event["event_time"] < as_of]):
        pairs[event["user_id"], event["product_id"]].happens(event)
    for pair in pairs.values():
        pair.end(as_of)
    lines = [line for pair in pairs.values() for line in pair.lines]
    for line in lines:
        closed = line["closed_at"]
        line["hours_to_close"] = (closed - line["first_cart_at"]) / timedelta(hours=1) if closed else None
        line |= {"day": line["last_cart_at"].astimezone(ZoneInfo(time_zone)).date(), "time_zone": time_zone}
    return lines


def cart_abandonment(
    events: list[Row], *, as_of: datetime, time_zone: str, abandon_after_hours: int, recovery_days: int
) -> list[Row]:
    lines = abandoned_carts(
        events, as_of=as_of, time_zone=time_zone, abandon_after_hours=abandon_after_hours, recovery_days=recovery_days
    )
    zone, found = ZoneInfo(time_zone), []
    by_day: dict[Any, list[Row]] = defaultdict(list)
    for line in lines:
        by_day[line["day"]].append(line)
    for day, of_day in by_day.items():
        left = [line for line in of_day if line["status"] in ("abandoned", "recovered")]
        lost = [line for line in left if line["status"] == "abandoned"]
        values = {
            "value_at_risk": sum((line["value_at_risk"] for line in of_day), Decimal(0)),
            "left_value": sum((line["value_at_risk"] for line in left), Decimal(0)),
            "abandoned_value": sum((line["value_at_risk"] for line in lost), Decimal(0)),
            "winnable_value": sum((line["value_at_risk"] for line in lost if not line["closed_at"]), Decimal(0)),
            "recovered_value": sum(
                (line["purchase_price"] for line in of_day if line["status"] == "recovered"), Decimal(0)
            ),
        }
        users = {
            line["user_id"]: {other["status"] for other in of_day if other["user_id"] == line["user_id"]}
            for line in of_day
        }
        first = ["purchased", "recovered", "abandoned", "open", "removed"]
        found.append((day, "line", [line["status"] for line in of_day], values))
        found.append(
            (day, "user", [next(status for status in first if status in has) for has in users.values()], values)
        )
    sessions: dict[Any, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for event in ordered([event for event in events if event["event_time"] < as_of]):
        day = event["event_time"].astimezone(zone).date()
        sessions[day, session_of(event)][event["product_id"]].append(event)
    statuses: dict[Any, list[str]] = defaultdict(list)
    for (day, _), products in sessions.items():
        ends = []
        for happened in products.values():
            kinds = [event["event_type"] for event in happened if event["event_type"] != "view"]
            if "cart" in kinds:
                after = kinds[len(kinds) - kinds[::-1].index("cart") :]
                ends.append("purchased" if "purchase" in after else "removed" if after else "abandoned")
        if ends:
            statuses[day].append(next(status for status in ("abandoned", "purchased", "removed") if status in ends))
    found += [(day, "session", of_day, dict.fromkeys(values)) for day, of_day in statuses.items()]
    return [
        _counted(*one, as_of=as_of, zone=zone, settles=timedelta(hours=abandon_after_hours, days=recovery_days))
        for one in found
    ]


def _counted(
    day: Any, grain: str, statuses: list[str], values: Row, *, as_of: datetime, zone: ZoneInfo, settles: timedelta
) -> Row:
    is_session = grain == "session"
    count = {status: statuses.count(status) for status in ("purchased", "recovered", "removed", "abandoned", "open")}
    decided = count["purchased"] + count["recovered"] + count["abandoned"]
    lost = count["recovered"] + count["abandoned"]
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(as_of.tzinfo)
    return {
        "day": day,
        "grain": grain,
        "carts": len(statuses),
        **count,
        "recovered": None if is_session else count["recovered"],
        "open": None if is_session else count["open"],
        "abandonment_rate_final": count["abandoned"] / decided if decided else None,
        "abandonment_rate_initial": lost / decided if decided else None,
        "recovery_rate": count["recovered"] / lost if lost and not is_session else None,
        **values,
        "final": as_of >= midnight + settles,
        "time_zone": zone.key,
    }
