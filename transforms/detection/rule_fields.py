"""The fields of the file of rules: what each has to be."""

import difflib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import KEY_KINDS, MODES, RULE_ACTIONS, SEVERITIES
from transforms.detection.rules import DAY_S, PANE_S

_Check = Callable[[Any], bool]


def _is_number(least: float, most: float, *, whole: bool = True) -> _Check:
    kinds = int if whole else int | float
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool) and least <= value <= most


def _is_list_of(choices: Collection[str]) -> _Check:
    return lambda value: isinstance(value, list) and bool(value) and all(one in choices for one in value)


_SECONDS = (
    lambda value: _is_number(PANE_S, DAY_S)(value) and value % PANE_S == 0,
    f"a multiple of {PANE_S} up to {DAY_S}",
)
_COUNT = (_is_number(1, 10**9), "a whole number of 1 or more")
_POSITIVE = (lambda value: _is_number(0, 10**6, whole=False)(value) and value > 0, "a number above 0")
_SHARE = (_is_number(0, 1, whole=False), "a number from 0 to 1")
_TYPES = (_is_list_of(EVENT_TYPES), f"a list of {', '.join(EVENT_TYPES)}")
# Field -> a check of its value, and what the value has to be.
RULE_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "keys": (_is_list_of(KEY_KINDS), f"a list of {', '.join(KEY_KINDS)}"),
    "window_s": _SECONDS,
    "slide_s": _SECONDS,
    "limit": _COUNT,
    "where": _TYPES,
    "absent": _TYPES,
    "min_distinct": _COUNT,
    "max_median_gap_s": _POSITIVE,
    "max_gap_variation": _POSITIVE,
    "min_share_ratio": _POSITIVE,
    "is_estimated": (lambda value: isinstance(value, bool), "true or false"),
    "action": (lambda value: value in RULE_ACTIONS, f"one of {', '.join(RULE_ACTIONS)}"),
    "severity": (lambda value: value in SEVERITIES, f"one of {', '.join(SEVERITIES)}"),
    "ttl_s": (_is_number(PANE_S, 7 * DAY_S), f"a number of seconds from {PANE_S} to {7 * DAY_S}"),
    "cooldown_s": (_is_number(0, 7 * DAY_S), f"a number of seconds up to {7 * DAY_S}"),
    "weight": _SHARE,
}
DENY_FIELDS = {name: RULE_FIELDS[name] for name in ("severity", "cooldown_s")}
ANOMALY_FIELDS: Mapping[str, tuple[_Check, str]] = {
    **{name: RULE_FIELDS[name] for name in ("severity", "ttl_s", "cooldown_s")},
    "action": (lambda value: value in ("alert", "count"), "one of alert, count"),
}
_TEXT = (lambda value: isinstance(value, str), "a text")
_NAME = (lambda value: isinstance(value, str) and bool(value), "a text that is not empty")
INSTANT = (lambda value: _parses(instant, value), "an instant with an offset, such as 2026-01-31T00:00:00Z")
GUARD_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "window_s": _SECONDS,
    "max_blocks": _COUNT,
    "max_share": _SHARE,
    "min_blocks": _COUNT,
    "released": INSTANT,
}
LIST_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "id": _NAME,
    "cidr": (lambda value: _parses(ip_network, value), "a network, such as 198.51.100.0/24"),
    "expires": INSTANT,
    "note": _TEXT,
}
UNBAN_FIELDS: Mapping[str, tuple[_Check, str]] = {"id": _NAME, "at": INSTANT, "note": _TEXT}
SILENCE_FIELDS: Mapping[str, tuple[_Check, str]] = {**LIST_FIELDS, "rule": _NAME}
FILE_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "mode": (lambda value: value in MODES, f"one of {', '.join(MODES)}"),
    "lateness_s": _SECONDS,
    **dict.fromkeys(("rules", "mass_block_guard"), (lambda value: isinstance(value, dict), "an object")),
    **dict.fromkeys(
        ("allow", "deny", "unban", "silences", "excluded"), (lambda value: isinstance(value, list), "a list")
    ),
}


def checked(path: str, given: Any, checks: Mapping[str, tuple[_Check, str]]) -> dict[str, Any]:
    """The fields of an object. Raises ValueError if one is unknown or has a wrong value."""
    if not isinstance(given, dict):
        raise ValueError(f"{path.rstrip('.') or 'the file'} is {json.dumps(given)}; it has to be an object")
    for name, value in given.items():
        if name not in checks:
            close = difflib.get_close_matches(name, checks, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(checks)}"
            raise ValueError(f"{path}{name} is unknown{hint}")
        is_valid, meaning = checks[name]
        if not is_valid(value):
            raise ValueError(f"{path}{name} is {json.dumps(value)}; it has to be {meaning}")
    return given


def require(path: str, values: dict[str, Any], *names: str) -> dict[str, Any]:
    """The values. Raises ValueError if one of the names is not there."""
    if missing := [name for name in names if name not in values]:
        raise ValueError(f"{path.rstrip('.')} lacks {' and '.join(missing)}")
    return values


def instant(text: str) -> datetime:
    """An instant in UTC. Raises ValueError without an offset, and OverflowError outside of the years 1 to 9999."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(text)
    return parsed.astimezone(UTC)


def _parses(read: Callable[[str], Any], value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(read(value))
    except (ValueError, OverflowError):
        return False
