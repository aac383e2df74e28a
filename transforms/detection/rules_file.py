"""Read the JSON file that changes the built-in rules."""

import difflib
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeVar

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY, GUARD, RATE_ANOMALY
from transforms.detection.rule_fields import (
    ANOMALY_FIELDS,
    DENY_FIELDS,
    FILE_FIELDS,
    GUARD_FIELDS,
    INSTANT,
    LIST_FIELDS,
    RULE_FIELDS,
    SILENCE_FIELDS,
    UNBAN_FIELDS,
    checked,
    instant,
    require,
)
from transforms.detection.rules import (
    ANOMALY_RULE,
    BUILT_IN,
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

_T = TypeVar("_T")
# Rules are names of metrics, and parts of lines and subjects of mails.
_LONGEST_NAME = 100


def read_rules(text: str) -> RuleSet:
    """The built-in rules, changed by a JSON object with the fields of FILE_FIELDS.

    Raises ValueError, which names the field, its value and what it has to be.
    """
    try:
        given = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    values = checked("", given, FILE_FIELDS)

    def read_list(name: str, read: Callable[[str, Any], _T]) -> tuple[_T, ...]:
        return tuple(read(f"{name}[{place}].", one) for place, one in enumerate(values.get(name, [])))

    given_rules = dict(values.get("rules", {}))
    anomaly = checked(f"rules.{RATE_ANOMALY}.", given_rules.pop(RATE_ANOMALY, {}), ANOMALY_FIELDS)
    of_denied = checked(f"rules.{DENY_LIST}.", given_rules.pop(DENY_LIST, {}), DENY_FIELDS)
    changes = {name: checked(f"rules.{name}.", one, RULE_FIELDS) for name, one in given_rules.items()}
    known = {rule.id: rule for rule in BUILT_IN}
    rules = [_changed(rule, changes.get(rule.id, {})) for rule in BUILT_IN]
    rules += [_added(name, change) for name, change in changes.items() if name not in known]
    if deny := read_list("deny", _listed):
        rules.append(replace(deny_rule(deny), **of_denied))
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


def _object(fields: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ValueError if a field is there twice: one of the two would count for nothing."""
    for name, times in Counter(name for name, _ in fields).items():
        if times > 1:
            raise ValueError(f"{name} is twice in one object")
    return dict(fields)


def _changed(rule: Rule, change: Mapping[str, Any]) -> Rule:
    """The rule with the changed fields. Raises ValueError if they do not fit together."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in change.items()
    }
    if rule.limit == rule.min_distinct and len(numbers := change.keys() & {"limit", "min_distinct"}) == 1:
        values |= dict.fromkeys(("limit", "min_distinct"), change[numbers.pop()])  # the number of products is both
    changed = replace(rule, **values)
    if "window_s" in change and "slide_s" not in change:
        changed = replace(changed, slide_s=_default_slide(changed.window_s))
    if changed.slide_s > changed.window_s:
        raise ValueError(
            f"rules.{rule.id}.slide_s is {changed.slide_s}; it must not exceed window_s {changed.window_s}"
        )
    # More events can undo gaps and shares in a window, and the same limit is reached again in a later one.
    shortest = "window_s" if changed.has_gaps or changed.min_share_ratio else "slide_s"
    if changed.ttl_s < getattr(changed, shortest):
        raise ValueError(
            f"rules.{rule.id}.ttl_s is {changed.ttl_s}; it must not be shorter than {shortest}"
            f" {getattr(changed, shortest)}: one burst would be many incidents"
        )
    if set(changed.where) <= set(changed.absent):
        raise ValueError(f"rules.{rule.id}.where has only types of absent: it would never fire")
    if (changed.has_gaps or changed.min_distinct) and changed.where != EVENT_TYPES:
        raise ValueError(f"rules.{rule.id}.where cannot be set: gaps and products are those of all events")
    if changed.is_estimated and (changed.min_distinct or not changed.is_immediate):
        raise ValueError(f"rules.{rule.id}.is_estimated is for rules without conditions")
    if changed.min_share_ratio and changed.keys != (CATEGORY_KEY,):
        raise ValueError(f"rules.{rule.id}.min_share_ratio needs the keys [{CATEGORY_KEY!r}]")
    return changed


def _added(name: str, change: Mapping[str, Any]) -> Rule:
    if name == GUARD:
        raise ValueError(f"rules.{name} is the name of something else")
    if not (name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
        meaning = f"it has to be up to {_LONGEST_NAME} printable ASCII characters"
        raise ValueError(f"rules.{json.dumps(name)} is no name; {meaning}")
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
    values = checked("mass_block_guard.", given, GUARD_FIELDS)
    released = {"released": int(instant(values["released"]).timestamp())} if "released" in values else {}
    return MassBlockGuard(**{**values, **released})


def _listed(path: str, given: Any) -> Listed:
    values = checked(path, given, LIST_FIELDS)
    if ("id" in values) == ("cidr" in values):
        raise ValueError(f"{path.rstrip('.')} has to have either id or cidr")
    return Listed(
        values.get("id", ""),
        ip_network(values["cidr"]) if "cidr" in values else None,
        instant(values["expires"]) if "expires" in values else None,
        values.get("note", ""),
    )


def _unban(path: str, given: Any) -> Unban:
    values = require(path, checked(path, given, UNBAN_FIELDS), "id", "at")
    return Unban(values["id"], int(instant(values["at"]).timestamp()), values.get("note", ""))


def _silence(path: str, given: Any, rule_ids: Collection[str]) -> Silence:
    values = require(path, checked(path, given, SILENCE_FIELDS), "expires")
    rule, keys = values.get("rule", ""), {name: values[name] for name in ("id", "cidr") if name in values}
    if rule and rule not in rule_ids:
        raise ValueError(f"{path}rule is {json.dumps(rule)}; it has to be one of {', '.join(rule_ids)}")
    if not rule and not keys:
        raise ValueError(f"{path.rstrip('.')} has to have a rule, id or cidr")
    expires = int(instant(values["expires"]).timestamp())
    return Silence(expires, rule, _listed(path, keys) if keys else None, values.get("note", ""))


def _period(path: str, given: Any) -> Period:
    values = require(path, checked(path, given, {"from": INSTANT, "to": INSTANT}), "from", "to")
    start, end = (instant(values[name]).replace(tzinfo=None) for name in ("from", "to"))
    if end <= start:
        raise ValueError(f"{path}to is {values['to']}; it has to be later than from {values['from']}")
    return Period(start, end)
