"""Read the JSON file that changes the built-in rules."""

import difflib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY, KEY_KINDS, MODES, RULE_ACTIONS
from transforms.detection.rules import BUILT_IN, DAY_S, PANE_S, Allowed, MassBlockGuard, Period, Rule, RuleSet

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
_RULE_FIELDS: Mapping[str, tuple[_Check, str]] = {
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
    "action": (lambda value: value in RULE_ACTIONS, f"one of {', '.join(RULE_ACTIONS)}"),
    "ttl_s": (_is_number(PANE_S, 7 * DAY_S), f"a number of seconds from {PANE_S} to {7 * DAY_S}"),
    "weight": _SHARE,
}
_GUARD_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "window_s": _SECONDS,
    "max_blocks": _COUNT,
    "max_share": _SHARE,
    "min_blocks": _COUNT,
}
_ALLOW_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "id": (lambda value: isinstance(value, str) and bool(value), "a text"),
    "cidr": (lambda value: _parses(ip_network, value), "a network, such as 198.51.100.0/24"),
    "expires": (lambda value: _parses(_instant, value), "an instant with an offset, such as 2026-01-31T00:00:00Z"),
    "note": (lambda value: isinstance(value, str), "a text"),
}


def read_rules(text: str) -> RuleSet:
    """The built-in rules, changed by a JSON object: mode, rules by id, allow, mass_block_guard, excluded.

    Raises ValueError, which names the field, its value and what it has to be.
    """
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    checks: Mapping[str, tuple[_Check, str]] = {
        "mode": (lambda value: value in MODES, f"one of {', '.join(MODES)}"),
        "rules": (lambda value: isinstance(value, dict), "an object of rules by id"),
        "allow": (lambda value: isinstance(value, list), "a list"),
        "mass_block_guard": (lambda value: isinstance(value, dict), "an object"),
        "excluded": (lambda value: isinstance(value, list), "a list"),
    }
    values = _checked("", given, checks)
    changes = {name: _checked(f"rules.{name}.", one, _RULE_FIELDS) for name, one in values.get("rules", {}).items()}
    known = {rule.id: rule for rule in BUILT_IN}
    rules = [_changed(rule, changes.get(rule.id, {})) for rule in BUILT_IN]
    rules += [_added(name, change) for name, change in changes.items() if name not in known]
    return RuleSet(
        tuple(rules),
        values.get("mode", "observe"),
        tuple(_allowed(f"allow[{place}].", one) for place, one in enumerate(values.get("allow", []))),
        MassBlockGuard(**_checked("mass_block_guard.", values.get("mass_block_guard", {}), _GUARD_FIELDS)),
        tuple(_period(f"excluded[{place}].", one) for place, one in enumerate(values.get("excluded", []))),
    )


def _checked(path: str, given: Any, checks: Mapping[str, tuple[_Check, str]]) -> dict[str, Any]:
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


def _changed(rule: Rule, change: Mapping[str, Any]) -> Rule:
    """The rule with the changed fields. Raises ValueError if they do not fit together."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in change.items()
    }
    changed = replace(rule, **values)
    if "window_s" in change and "slide_s" not in change:
        changed = replace(changed, slide_s=_default_slide(changed.window_s))
    if changed.slide_s > changed.window_s:
        raise ValueError(
            f"rules.{rule.id}.slide_s is {changed.slide_s}; it must not exceed window_s {changed.window_s}"
        )
    if (changed.has_gaps or changed.min_distinct) and changed.where != EVENT_TYPES:
        raise ValueError(f"rules.{rule.id}.where cannot be set: gaps and products are those of all events")
    if changed.min_share_ratio and changed.keys != (CATEGORY_KEY,):
        raise ValueError(f"rules.{rule.id}.min_share_ratio needs the keys [{CATEGORY_KEY!r}]")
    return changed


def _added(name: str, change: Mapping[str, Any]) -> Rule:
    if missing := [needed for needed in ("keys", "window_s", "limit") if needed not in change]:
        names = [rule.id for rule in BUILT_IN]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"built in: {', '.join(names)}"
        raise ValueError(f"rules.{name} is not built in and lacks {', '.join(missing)}; {hint}")
    return _changed(Rule(name, (), PANE_S, PANE_S, 1), change)


def _default_slide(window_s: int) -> int:
    """A sixth of the window, in whole panes."""
    return max(PANE_S, window_s // 6 // PANE_S * PANE_S)


def _allowed(path: str, given: Any) -> Allowed:
    values = _checked(path, given, _ALLOW_FIELDS)
    if ("id" in values) == ("cidr" in values):
        raise ValueError(f"{path.rstrip('.')} has to have either id or cidr")
    return Allowed(
        values.get("id", ""),
        ip_network(values["cidr"]) if "cidr" in values else None,
        _instant(values["expires"]) if "expires" in values else None,
        values.get("note", ""),
    )


def _period(path: str, given: Any) -> Period:
    values = _checked(path, given, dict.fromkeys(("from", "to"), _ALLOW_FIELDS["expires"]))
    if missing := [name for name in ("from", "to") if name not in values]:
        raise ValueError(f"{path.rstrip('.')} lacks {' and '.join(missing)}")
    return Period(*(_instant(values[name]).replace(tzinfo=None) for name in ("from", "to")))


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(text)
    return parsed.astimezone(UTC)


def _parses(read: Callable[[str], Any], value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(read(value))
    except ValueError:
        return False
