"""Read the JSON file that changes the built-in rules."""

import difflib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, TypeVar

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY, GUARD, KEY_KINDS, MODES, RATE_ANOMALY, RULE_ACTIONS, SEVERITIES
from transforms.detection.rules import (
    ANOMALY_RULE,
    BUILT_IN,
    DAY_S,
    DENY_LIST,
    PANE_S,
    Listed,
    MassBlockGuard,
    Period,
    Rule,
    RuleSet,
    Silence,
    Unban,
    deny_rule,
)

_Check = Callable[[Any], bool]
_T = TypeVar("_T")


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
    "is_estimated": (lambda value: isinstance(value, bool), "true or false"),
    "action": (lambda value: value in RULE_ACTIONS, f"one of {', '.join(RULE_ACTIONS)}"),
    "severity": (lambda value: value in SEVERITIES, f"one of {', '.join(SEVERITIES)}"),
    "ttl_s": (_is_number(PANE_S, 7 * DAY_S), f"a number of seconds from {PANE_S} to {7 * DAY_S}"),
    "cooldown_s": (_is_number(0, 7 * DAY_S), f"a number of seconds up to {7 * DAY_S}"),
    "weight": _SHARE,
}
_ANOMALY_FIELDS: Mapping[str, tuple[_Check, str]] = {
    **{name: _RULE_FIELDS[name] for name in ("severity", "ttl_s", "cooldown_s")},
    "action": (lambda value: value in ("alert", "count"), "one of alert, count"),
}
_TEXT = (lambda value: isinstance(value, str), "a text")
_NAME = (lambda value: isinstance(value, str) and bool(value), "a text that is not empty")
_INSTANT = (lambda value: _parses(_instant, value), "an instant with an offset, such as 2026-01-31T00:00:00Z")
_GUARD_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "window_s": _SECONDS,
    "max_blocks": _COUNT,
    "max_share": _SHARE,
    "min_blocks": _COUNT,
    "released": _INSTANT,
}
_LIST_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "id": _NAME,
    "cidr": (lambda value: _parses(ip_network, value), "a network, such as 198.51.100.0/24"),
    "expires": _INSTANT,
    "note": _TEXT,
}
_UNBAN_FIELDS: Mapping[str, tuple[_Check, str]] = {"id": _NAME, "at": _INSTANT, "note": _TEXT}
_SILENCE_FIELDS: Mapping[str, tuple[_Check, str]] = {**_LIST_FIELDS, "rule": _NAME}
_FIELDS: Mapping[str, tuple[_Check, str]] = {
    "mode": (lambda value: value in MODES, f"one of {', '.join(MODES)}"),
    "lateness_s": _SECONDS,
    **dict.fromkeys(("rules", "mass_block_guard"), (lambda value: isinstance(value, dict), "an object")),
    **dict.fromkeys(
        ("allow", "deny", "unban", "silences", "excluded"), (lambda value: isinstance(value, list), "a list")
    ),
}


def read_rules(text: str) -> RuleSet:
    """The built-in rules, changed by a JSON object with the fields of _FIELDS.

    Raises ValueError, which names the field, its value and what it has to be.
    """
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    values = _checked("", given, _FIELDS)

    def read_list(name: str, read: Callable[[str, Any], _T]) -> tuple[_T, ...]:
        return tuple(read(f"{name}[{place}].", one) for place, one in enumerate(values.get(name, [])))

    given_rules = dict(values.get("rules", {}))
    anomaly = _checked(f"rules.{RATE_ANOMALY}.", given_rules.pop(RATE_ANOMALY, {}), _ANOMALY_FIELDS)
    changes = {name: _checked(f"rules.{name}.", one, _RULE_FIELDS) for name, one in given_rules.items()}
    known = {rule.id: rule for rule in BUILT_IN}
    rules = [_changed(rule, changes.get(rule.id, {})) for rule in BUILT_IN]
    rules += [_added(name, change) for name, change in changes.items() if name not in known]
    if deny := read_list("deny", _listed):
        rules.append(deny_rule(deny))
    rule_ids = [*(rule.id for rule in rules), RATE_ANOMALY]
    return RuleSet(
        tuple(rules),
        values.get("mode", "observe"),
        read_list("allow", _listed),
        _guard(values.get("mass_block_guard", {})),
        read_list("excluded", _period),
        read_list("unban", _unban),
        read_list("silences", lambda path, one: _silence(path, one, rule_ids)),
        values.get("lateness_s", RuleSet.lateness_s),
        replace(ANOMALY_RULE, **anomaly),
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
    if changed.is_estimated and (changed.min_distinct or not changed.is_immediate):
        raise ValueError(f"rules.{rule.id}.is_estimated is for rules without conditions")
    if changed.min_share_ratio and changed.keys != (CATEGORY_KEY,):
        raise ValueError(f"rules.{rule.id}.min_share_ratio needs the keys [{CATEGORY_KEY!r}]")
    return changed


def _added(name: str, change: Mapping[str, Any]) -> Rule:
    if name in (DENY_LIST, GUARD):
        raise ValueError(f"rules.{name} is the name of something else")
    if missing := [needed for needed in ("keys", "window_s", "limit") if needed not in change]:
        names = [rule.id for rule in BUILT_IN]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"built in: {', '.join(names)}"
        raise ValueError(f"rules.{name} is not built in and lacks {', '.join(missing)}; {hint}")
    return _changed(Rule(name, (), PANE_S, PANE_S, 1), change)


def _default_slide(window_s: int) -> int:
    """A sixth of the window, in whole panes."""
    return max(PANE_S, window_s // 6 // PANE_S * PANE_S)


def _guard(given: Any) -> MassBlockGuard:
    values = _checked("mass_block_guard.", given, _GUARD_FIELDS)
    released = {"released": int(_instant(values["released"]).timestamp())} if "released" in values else {}
    return MassBlockGuard(**{**values, **released})


def _listed(path: str, given: Any) -> Listed:
    values = _checked(path, given, _LIST_FIELDS)
    if ("id" in values) == ("cidr" in values):
        raise ValueError(f"{path.rstrip('.')} has to have either id or cidr")
    return Listed(
        values.get("id", ""),
        ip_network(values["cidr"]) if "cidr" in values else None,
        _instant(values["expires"]) if "expires" in values else None,
        values.get("note", ""),
    )


def _unban(path: str, given: Any) -> Unban:
    values = _require(path, _checked(path, given, _UNBAN_FIELDS), "id", "at")
    return Unban(values["id"], int(_instant(values["at"]).timestamp()), values.get("note", ""))


def _silence(path: str, given: Any, rule_ids: Collection[str]) -> Silence:
    values = _require(path, _checked(path, given, _SILENCE_FIELDS), "expires")
    rule, keys = values.get("rule", ""), {name: values[name] for name in ("id", "cidr") if name in values}
    if rule and rule not in rule_ids:
        raise ValueError(f"{path}rule is {json.dumps(rule)}; it has to be one of {', '.join(rule_ids)}")
    if not rule and not keys:
        raise ValueError(f"{path.rstrip('.')} has to have a rule, id or cidr")
    expires = int(_instant(values["expires"]).timestamp())
    return Silence(expires, rule, _listed(path, keys) if keys else None, values.get("note", ""))


def _require(path: str, values: dict[str, Any], *names: str) -> dict[str, Any]:
    if missing := [name for name in names if name not in values]:
        raise ValueError(f"{path.rstrip('.')} lacks {' and '.join(missing)}")
    return values


def _period(path: str, given: Any) -> Period:
    values = _require(path, _checked(path, given, {"from": _INSTANT, "to": _INSTANT}), "from", "to")
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
